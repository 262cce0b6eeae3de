//! Documents that end in the middle, lie, or ask for more than there is.

use stepwell::cancel::Cancel;
use stepwell::plate::{Opened, open};

use super::{data, image, issues, missing, ome, only, opened, plate, put, set, temporary_folder, tiff, well};

#[test]
fn a_document_is_read_as_far_as_it_goes() {
    let whole = temporary_folder();
    set(whole.path());
    let text = std::fs::read(whole.path().join("set.companion.ome")).expect("a document");
    let mut opened_at = Vec::new();
    for end in (0..text.len()).step_by(7) {
        let folder = temporary_folder();
        set(folder.path());
        put(folder.path(), "set.companion.ome", &text[..end]);
        match open(folder.path(), &Cancel::new()) {
            Ok(Opened::Plate(found)) => {
                assert!(found.images.len() <= 6);
                let said = issues(&found);
                assert!(
                    said.iter().any(|issue| issue.contains("can only be read in part")),
                    "{end}: {said:?}"
                );
                opened_at.push(found.images.len());
            }
            Ok(Opened::Choose(choices)) => panic!("{choices:?}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(opened_at.is_sorted(), "{opened_at:?}");
    assert_eq!((opened_at.first(), opened_at.last()), (Some(&2), Some(&6)));
}

#[test]
fn hostile_documents_cost_little() {
    let one = image("I", "XYCZT", [1, 1, 1], &data("IFD=\"0\"", ""));
    let wells = plate(&well(0, 0, &[(0, "I")]));
    let sizes = |text: &str, inside: &str| {
        format!("{wells}<Image ID=\"I\"><Pixels DimensionOrder=\"XYZCT\" {text}>{inside}</Pixels></Image>")
    };
    let huge = "SizeZ=\"4000000000\" SizeC=\"4000000000\" SizeT=\"99999999999999999999\"";
    let own = data("IFD=\"0\"", "");
    let deep = "<x>".repeat(100_000);
    let plates = plate("").repeat(10_000);
    let entities = "<!DOCTYPE OME [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let bomb = ome("x", &format!("{wells}{one}"))
        .replace("<OME", &format!("{entities}<OME"))
        .replace("Screen 7", "&b;&b;");
    let many: String = (0..20_000).map(|at| well(0, 0, &[(at, "I")])).collect();
    let nowhere = [well(4_000_000_000, 9, &[(0, "I")]), well(0, 0, &[(1, "I")])].concat();
    let colours = format!("<Channel SamplesPerPixel=\"3999999999\"/><Channel/>{own}");
    // Whether the first image is there, and its document.
    let table = [
        ("sizes", true, ome("x", &sizes(huge, &own))),
        ("all", true, ome("x", &sizes(huge, &data("", "")))),
        ("a count", true, ome("x", &sizes(huge, &data("IFD=\"0\" PlaneCount=\"4294967295\"", "")))),
        ("no data", true, ome("x", &sizes(huge, ""))),
        (
            "far pages",
            false,
            ome("x", &sizes("SizeZ=\"3\"", &data("IFD=\"4294967294\" PlaneCount=\"3\"", ""))),
        ),
        ("depth", true, ome("x", &format!("{wells}{one}{deep}"))),
        ("plates", true, ome("x", &format!("{plates}{wells}{one}"))),
        ("entities", true, bomb),
        ("one image for all", true, ome("x", &format!("{}{one}", plate(&many)))),
        ("wells nowhere", true, ome("x", &format!("{}{one}", plate(&nowhere)))),
        ("colours", true, ome("x", &sizes("SizeC=\"4000000000\"", &colours))),
    ];
    for (what, is_there, document) in table {
        let folder = temporary_folder();
        put(folder.path(), "a.tif", tiff(&[7], &document));
        let found = opened(folder.path());
        let first = found.images.first().expect("an image");
        assert_eq!(first.key().to_string(), "A01_s1_w1_z1_t1", "{what}");
        let pixels = first.source.decode_owned().map(|(_, pixels)| pixels[..2].to_vec()).ok();
        assert_eq!(pixels, is_there.then(|| 7_u16.to_ne_bytes().to_vec()), "{what}");
        let listed = (found.images.len(), found.missing.len(), found.issues.len());
        assert!(listed.0 <= 100_000 && listed.1 <= 200_000 && listed.2 < 50, "{what}: {listed:?}");
    }
}

#[test]
fn a_page_and_an_image_are_one() {
    // Two fields of one image, and two images of one page.
    let wells = plate(&well(0, 0, &[(0, "I"), (1, "I"), (2, "J")]));
    let images = ["I", "J"].map(|id| image(id, "XYCZT", [1, 1, 1], &data("IFD=\"0\"", "a.ome.tif")));
    let folder = temporary_folder();
    put(folder.path(), "p.companion.ome", ome("set", &format!("{wells}{}", images.concat())));
    put(folder.path(), "a.ome.tif", tiff(&[7], &only("a")));
    let found = opened(folder.path());
    assert_eq!(found.images.len(), 1);
    assert_eq!(
        missing(&found),
        [
            "A01_s2_w1_z1_t1 the OME-XML names an image for it that is of another field",
            "A01_s3_w1_z1_t1 the OME-XML names a page for it that is another image: “a.ome.tif”",
        ]
    );
    assert_eq!(issues(&found).len(), 1);
}

#[test]
fn a_name_leads_nowhere_else() {
    let folder = temporary_folder();
    let plate_folder = folder.path().join("plate");
    put(folder.path(), "secret.tif", tiff(&[7], ""));
    let wells = plate(&well(0, 0, &[(0, "I"), (1, "J"), (2, "K")]));
    let outside = folder.path().join("secret.tif").display().to_string();
    let images = [("I", "../secret.tif"), ("J", outside.as_str()), ("K", "a.ome.tif")]
        .map(|(id, file)| image(id, "XYCZT", [1, 1, 1], &data("IFD=\"0\"", file)));
    put(&plate_folder, "p.companion.ome", ome("set", &format!("{wells}{}", images.concat())));
    put(&plate_folder, "a.ome.tif", tiff(&[1], &only("a")));
    let found = opened(&plate_folder);
    assert_eq!((found.images.len(), found.missing_count()), (1, 2));
}
