//! What the columns of tables are called that say which well a row is of.

/// What a column says of where a row belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Well,
    Row,
    Column,
    Plate,
}

/// By letters and digits alone, in lower case; in English, German, French and Spanish, and as other programs write them.
const NAMES: [(Role, &[&str]); 4] = [
    (
        Role::Well,
        &[
            "well",
            "wells",
            "wellname",
            "wellid",
            "wellposition",
            "wellpos",
            "wellnr",
            "wellno",
            "wellnumber",
            "wellcoordinate",
            "wellcoordinates",
            "wellindex",
            "welllabel",
            "welllocation",
            "position",
            "pos",
            "coordinate",
            "metadatawell",
            "imagemetadatawell",
            "destinationwell",
            "destwell",
            "dstwell",
            "targetwell",
            "assaywell",
            "platewell",
            "zielwell",
            "kavität",
            "kavitaet",
            "vertiefung",
            "napf",
            "wellbezeichnung",
            "puits",
            "puit",
            "pocillo",
            "pozo",
        ],
    ),
    (
        Role::Row,
        &[
            "row",
            "rows",
            "wellrow",
            "platerow",
            "rowname",
            "rowletter",
            "metadatarow",
            "zeile",
            "reihe",
            "ligne",
            "rangée",
            "fila",
        ],
    ),
    (
        Role::Column,
        &[
            "column",
            "col",
            "columns",
            "cols",
            "wellcolumn",
            "wellcol",
            "platecolumn",
            "platecol",
            "columnnumber",
            "metadatacolumn",
            "metadatacol",
            "spalte",
            "colonne",
            "columna",
        ],
    ),
    (
        Role::Plate,
        &[
            "plate",
            "plateid",
            "platename",
            "platebarcode",
            "barcode",
            "assayplate",
            "assayplatebarcode",
            "metadataplate",
            "imagemetadataplate",
            "destinationplate",
            "destplate",
            "platte",
            "plattenname",
            "plattenbarcode",
            "plaque",
            "placa",
        ],
    ),
];

/// What a heading says of where a row belongs; `None` of one of another column.
pub(super) fn role(heading: &str) -> Option<Role> {
    let letters: String =
        heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    NAMES.into_iter().find(|(_, names)| names.contains(&letters.as_str())).map(|(role, _)| role)
}
