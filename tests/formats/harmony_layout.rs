//! Where the index and the images of Harmony measurements lie, and the small plates after what users met.

use stepwell::plate::Plate;

use super::harmony::{index, record};
use super::support::cases_dir;
use super::{check, issues, opened, shown, tree};

#[test]
fn every_name_of_an_index_is_known() {
    let text = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
    let names =
        ["Index.idx.xml", "INDEX.IDX.XML", "Index.xml", "Index.ref.xml", "ImageIndex.ColumbusIDX.xml"];
    for name in names {
        // Beside the images, and beside the folder of the images.
        for (index_path, image_path) in [
            (format!("m/Images/{name}"), "m/Images/r01c01f01p01-ch1sk1fk1fl1.tiff"),
            (format!("m/{name}"), "m/Images/r01c01f01p01-ch1sk1fk1fl1.tiff"),
        ] {
            let folder = tree(&[(&index_path, &text), (image_path, "")]);
            for path in ["m", &index_path, image_path, "m/Images", "."] {
                let plate = opened(&folder.path().join(path));
                assert_eq!((plate.name.as_str(), plate.images.len()), ("BR1", 1), "{index_path} by {path}");
                assert_eq!(plate.images[0].source.relative(), "Images/r01c01f01p01-ch1sk1fk1fl1.tiff");
                assert_eq!(plate.issues, [], "{index_path} by {path}");
            }
        }
    }
    // Another program's file of such a name is no index.
    let folder = tree(&[("Index.xml", "<html/>"), ("r01c01f01p01-ch1sk1fk1fl1.tiff", "")]);
    assert!(opened(folder.path()).issues[0].why.contains("there is no index"));
}

#[test]
fn an_index_is_found_wherever_people_put_it() {
    struct Case<'a> {
        index: &'a str,
        /// Path on disk and URL in the index.
        images: &'a [(&'a str, &'a str)],
        /// The plate folder, and other places that open it too.
        root: &'a str,
        opens: &'a [&'a str],
    }
    const ONE: &str = "r01c01f01p01-ch1sk1fk1fl1.tiff";
    const TWO: &str = "r01c02f01p01-ch1sk1fk1fl1.tiff";
    let (a_images, a_b) = (format!("m/a/Images/{ONE}"), format!("m/a/b/{ONE}"));
    let (a_b_c_d, pictures) = (format!("m/a/b/c/d/{ONE}"), format!("m/pictures/{ONE}"));
    let windows = format!("C:\\Data\\x y\\Images\\{ONE}");
    let (flat_one, flat_two) = (format!("m/{ONE}"), format!("m/{TWO}"));
    let (deep_one, deep_two) = (format!("m/A01/f1/{ONE}"), format!("m/A02/f1/{TWO}"));
    let cases = [
        // Two folders above, four above, beside, in a folder of its own beside the images.
        Case {
            index: "m/Index.idx.xml",
            images: &[(&a_images, ONE)],
            root: "m",
            opens: &["m/a", "m/a/Images"],
        },
        Case { index: "m/Index.xml", images: &[(&a_b, ONE)], root: "m", opens: &["m/a", "m/a/b"] },
        Case {
            index: "m/Index.idx.xml",
            images: &[(&a_b_c_d, ONE)],
            root: "m",
            opens: &["m/a", "m/a/b", "m/a/b/c", "m/a/b/c/d"],
        },
        Case {
            index: "m/Index/Index.idx.xml",
            images: &[(&pictures, ONE)],
            root: "m",
            opens: &["m/pictures", "m/Index"],
        },
        Case {
            index: "m/any/Index.idx.xml",
            images: &[(&pictures, ONE)],
            root: "m",
            opens: &["m/pictures", "m/any"],
        },
        Case {
            index: "m/Index/Index.idx.xml",
            images: &[(&a_b, ONE)],
            root: "m",
            opens: &["m/a", "m/a/b", "m/Index"],
        },
        Case { index: "m/Index/Index.idx.xml", images: &[(&flat_one, ONE)], root: "m", opens: &["m/Index"] },
        Case {
            index: "m/Index.idx.xml",
            images: &[(&flat_one, &windows), (&flat_two, TWO)],
            root: "m",
            opens: &[],
        },
        // A folder for each well and field.
        Case {
            index: "m/Index.idx.xml",
            images: &[(&deep_one, ONE), (&deep_two, "A02/f1/r01c02f01p01-ch1sk1fk1fl1.tiff")],
            root: "m",
            opens: &["m/A01", "m/A02/f1"],
        },
        // URLs with folders of any spelling, names that say nothing, other case and ending.
        Case {
            index: "m/Index.idx.xml",
            images: &[("m/Images/one.tif", "images\\ONE.TIF")],
            root: "m",
            opens: &["m/Images"],
        },
        Case {
            index: "m/meta/Index.idx.xml",
            images: &[("m/My images/one.tif", "../My%20images/one.tiff")],
            root: "m",
            opens: &["m/My images"],
        },
        Case {
            index: "m/Images/Index.idx.xml",
            images: &[("m/Images/a%20b.tif", "a%20b.tif")],
            root: "m",
            opens: &["m/Images"],
        },
        // The same name in two folders: the one whose folder fits, also where the folders around are others.
        Case {
            index: "m/Index.idx.xml",
            images: &[("m/new/t1/a.tif", "old/t1/a.tif"), ("m/new/t2/a.tif", "old/t2/a.tif")],
            root: "m",
            opens: &["m/new"],
        },
    ];
    for case in cases {
        let records: Vec<_> =
            case.images.iter().zip(1..).map(|((_, url), column)| record(url, column, 0, "")).collect();
        let text = index(&records);
        let mut files = vec![(case.index, text.as_str())];
        files.extend(case.images.iter().map(|(path, _)| (*path, "")));
        let folder = tree(&files);
        let root = folder.path().canonicalize().expect("a path").join(case.root);
        for path in [".", case.root, case.index].iter().chain(case.opens) {
            let plate = opened(&folder.path().join(path));
            check(&plate);
            let what = format!("{} and {:?} by {path}", case.index, case.images);
            assert_eq!(plate.root, root, "{what}");
            let found: Vec<_> = plate.images.iter().map(|image| image.source.path()).collect();
            let expected: Vec<_> =
                case.images.iter().map(|(path, _)| root.parent().expect("a parent").join(path)).collect();
            assert_eq!(found, expected, "{what}");
            assert_eq!(plate.missing, [], "{what}");
            // What was concluded from names alone is told.
            let index_folder = case.index.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
            let is_beside = case
                .images
                .iter()
                .all(|(path, _)| !path.starts_with(&index_folder.clone().unwrap_or_default()));
            let issues = issues(&plate);
            assert_eq!(issues.len(), usize::from(is_beside), "{what}: {issues:?}");
            assert!(issues.iter().all(|issue| issue.contains("is beside the images")), "{what}: {issues:?}");
            assert_eq!(plate.opened_by, root, "{what}");
        }
    }
}

#[test]
fn an_index_takes_no_images_that_it_does_not_name() {
    const ONE: &str = "r01c01f01p01-ch1sk1fk1fl1.tiff";
    const TWO: &str = "r01c02f01p01-ch1sk1fk1fl1.tiff";
    let (of_one, of_two) = (index(&[record(ONE, 1, 0, "")]), index(&[record(TWO, 2, 0, "")]));
    // Two measurements side by side, of which one has lost its images and the other its index.
    let other = format!("plates/b/{TWO}");
    let folder = tree(&[("plates/a/Index.idx.xml", &of_one), (&other, "")]);
    let plate = opened(&folder.path().join("plates/b"));
    assert_eq!((shown(&plate.images), plate.missing.len()), (vec!["A02_s1_w1_z1_t1".to_owned()], 0));
    assert!(issues(&plate)[0].contains("there is no index"), "{:?}", issues(&plate));
    // One below another, each with its own index.
    let below = format!("m/Images/second/{TWO}");
    let above = format!("m/Images/{ONE}");
    let files = [
        ("m/Images/Index.idx.xml", of_one.as_str()),
        (&above, ""),
        ("m/Images/second/Index.idx.xml", &of_two),
        (&below, ""),
    ];
    let folder = tree(&files);
    for (path, image) in
        [("m", "A01_s1_w1_z1_t1"), ("m/Images", "A01_s1_w1_z1_t1"), ("m/Images/second", "A02_s1_w1_z1_t1")]
    {
        assert_eq!(shown(&opened(&folder.path().join(path)).images), [image], "{path}");
    }
    // Two URLs of one name, and one file of it: nobody knows which of them it is.
    let text = index(&[record("x/a.tif", 1, 0, ""), record("y/a.tif", 2, 0, ""), record(ONE, 3, 0, "")]);
    let plate =
        opened(tree(&[("m/Index.idx.xml", &text), ("m/z/a.tif", ""), (&format!("m/{ONE}"), "")]).path());
    let missing: Vec<_> = plate.missing.iter().map(|missing| format!("{}: {missing}", missing.key)).collect();
    assert_eq!(
        missing,
        [
            "A01_s1_w1_z1_t1: its file is not where the index says, and it is not clear which other file of this \
             name is meant: “x/a.tif”",
            "A02_s1_w1_z1_t1: its file is not where the index says, and it is not clear which other file of this \
             name is meant: “y/a.tif”"
        ]
    );
    // Two files of one name, neither at its place.
    let text = index(&[record("x/a.tif", 1, 0, ""), record(ONE, 2, 0, "")]);
    let one = format!("m/{ONE}");
    let files = [("m/Index.idx.xml", text.as_str()), ("m/y/a.tif", ""), ("m/z/a.tif", ""), (&one, "")];
    let plate = opened(tree(&files).path());
    assert_eq!((plate.images.len(), plate.missing.len()), (1, 1));
    assert!(plate.missing[0].why.contains("it is not clear which"), "{}", plate.missing[0]);
}

/// Site, x and y of a well's sites.
fn sites_of(plate: &Plate, well: &str) -> Vec<(u32, i64, i64)> {
    let sites = plate.site_positions.sites_of(well.parse().expect("a well"));
    sites.map(|(site, at)| (site, at.x_um.round() as i64, at.y_um.round() as i64)).collect()
}

#[test]
fn the_cases_of_harmony() {
    let Some(cases) = cases_dir() else { return };
    // Wells have as many fields as their index says.
    let plate = opened(&cases.join("16-harmony-fields-vary"));
    check(&plate);
    assert_eq!((plate.images.len(), plate.missing.len(), plate.missing_count()), (7, 0, 0));
    assert_eq!(issues(&plate), [""; 0]);
    let wells = ["A01", "A02", "A03"].map(|well| sites_of(&plate, well));
    let four = vec![(1, 0, 0), (2, 8, 0), (3, 0, 8), (4, 8, 8)];
    assert_eq!(wells, [four[..2].to_vec(), four.clone(), four[..1].to_vec()]);
    // Each well has its own positions; the second field lies to the right, or below.
    let plate = opened(&cases.join("17-harmony-positions-per-well"));
    check(&plate);
    let wells = ["A01", "A02"].map(|well| sites_of(&plate, well));
    assert_eq!(wells.each_ref().map(Vec::len), [2, 2]);
    let apart = wells.map(|sites| (sites[1].1 - sites[0].1, sites[1].2 - sites[0].2));
    assert_eq!(apart, [(8, 0), (0, 8)]);
    // Odd files are images of the plate all the same.
    let plate = opened(&cases.join("14-harmony-odd-files"));
    check(&plate);
    let images: Vec<_> = ["B01", "B02", "B03"]
        .iter()
        .flat_map(|well| [1, 2].map(|z| format!("{well}_s1_w1_z{z}_t1")))
        .collect();
    assert_eq!((shown(&plate.images), plate.missing_count()), (images, 0));
}

#[test]
fn positions_and_pixel_sizes_are_those_of_each_record() {
    let at = |column: u32, channel: u32, time: u32, x: &str, y: &str, pixel: &str| {
        let file = format!("r01c0{column}f01p01-ch{channel}sk{time}fk1fl1.tiff");
        let more = format!(
            "<ImageResolutionX Unit=\"m\">{pixel}</ImageResolutionX><ImageResolutionY \
             Unit=\"m\">2E-07</ImageResolutionY>\
             <PositionX Unit=\"m\">{x}</PositionX><PositionY Unit=\"m\">{y}</PositionY>"
        );
        let text = record(&file, column, time - 1, &more);
        (file, text.replace("<ChannelID>1<", &format!("<ChannelID>{channel}<")))
    };
    let images = [
        at(1, 1, 1, "1E-05", "2,5E-05", "5,98E-07"),
        at(1, 2, 1, "1E-05", "2.5E-05", "1.196E-06"),
        // Recorded elsewhere at the second time, and in another well.
        at(1, 1, 2, "-4E-05", "0", "5,98E-07"),
        at(2, 1, 1, "3E-05", "-2E-05", "5,98E-07"),
    ];
    let text = index(&images.clone().map(|(_, text)| text));
    let mut files = vec![("Index.idx.xml", text.as_str())];
    files.extend(images.iter().map(|(file, _)| (file.as_str(), "")));
    let plate = opened(tree(&files).path());
    let found: Vec<_> = plate
        .images
        .iter()
        .map(|image| {
            let at = plate.site_positions.of(image.key()).expect("a position");
            (image.key().to_string(), at.x_um.round() as i64, at.y_um.round() as i64)
        })
        .collect();
    let expected = [
        ("A01_s1_w1_z1_t1", 10, -25),
        ("A01_s1_w2_z1_t1", 10, -25),
        ("A01_s1_w1_z1_t2", -40, 0),
        ("A02_s1_w1_z1_t1", 30, 20),
    ];
    assert_eq!(found, expected.map(|(key, x, y)| (key.to_owned(), x, y)));
    let sizes: Vec<_> = plate
        .pixel_sizes
        .iter()
        .map(|(c, size)| (c, (size.x_um * 1e3).round(), (size.y_um * 1e3).round()))
        .collect();
    assert_eq!(sizes, [(1, 598.0, 200.0), (2, 1196.0, 200.0)]);
}
