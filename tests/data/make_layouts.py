"""Makes layouts of what wells hold, as people and programs write them, for tests/formats/layouts.rs.

    python3 tests/data/make_layouts.py

Written with Python 3.11, openpyxl 3.1.5, XlsxWriter 3.2 and pandas 3.0. It writes into layouts/, beside itself.
"""

import datetime
import pathlib

import openpyxl
import pandas
import xlsxwriter

HERE = pathlib.Path(__file__).parent / "layouts"
HERE.mkdir(exist_ok=True)

# Of each well its treatment and its dose in µM.
WELLS = [
    ("A", 1, "DMSO", None),
    ("A", 2, "Taxol", 0.5),
    ("A", 3, "Taxol", 10),
    ("B", 1, "DMSO", None),
    ("B", 2, "Nocodazol", 1.25),
    ("B", 3, "leer", None),
]


def comma(number):
    return "" if number is None else str(number).replace(".", ",")


def point(number):
    return "" if number is None else str(number)


def write(name, text, encoding="utf-8", end="\n"):
    (HERE / name).write_bytes(text.replace("\n", end).encode(encoding))


def table(head, row):
    return head + "\n" + "".join(row(*well) + "\n" for well in WELLS)


write("comma.csv", table("Well,Treatment,Dose (uM)", lambda r, c, t, d: f"{r}{c:02},{t},{point(d)}"))
german = lambda r, c, t, d: f"{r}{c};{t};{comma(d)}"
write("german.csv", table("Kavität;Treatment;Dose in µM", german), "windows-1252", "\r\n")
write("german-bom.csv", table("Well;Treatment;Dose [µM]", german), "utf-8-sig", "\r\n")
write("german-lines.csv", table("Zeile;Spalte;Treatment;Dose (µM)", lambda r, c, t, d: f"{r};{c};{t};{comma(d)}"), "windows-1252")
write("excel-unicode.txt", table("Well\tTreatment\tDose (µM)", lambda r, c, t, d: f"{r}{c:02}\t{t}\t{comma(d)}"), "utf-16", "\r\n")
write("sep.csv", "sep=;\n" + table("Well;Treatment;Dose_uM", german))
write("row-numbers.tsv", table("row\tcol\tTreatment\tDose (μM)", lambda r, c, t, d: f"{ord(r) - 64}\t{c}\t{t}\t{point(d)}"))
write("old-mac.csv", table("Well,Treatment,Dose (uM)", lambda r, c, t, d: f"{r}{c:02},{t},{point(d)}"), end="\r")
write(
    "title-above.csv",
    "Screen 7;;\nDatum: 12.03.2026;;\n;;\n" + table("Well-ID;Treatment;Dose (µM)", lambda r, c, t, d: f"{r}{c:03};{t};{comma(d)}"),
)
write("quoted.csv", table('"Well","Treatment","Dose (uM)"', lambda r, c, t, d: f'"{r} - {c}"," {t} ","{comma(d)}"'))
write("number-first.csv", table("Well Position,Treatment,Dose uM", lambda r, c, t, d: f"{c:02}{r},{t},{point(d)}"))
write("counted.csv", table("well,Treatment,Dose (uM)", lambda r, c, t, d: f"{(ord(r) - 65) * 12 + c},{t},{point(d)}"))
write("no-headings.csv", "".join(f"{r}{c};{t}\n" for r, c, t, d in WELLS))
write("units-in-cells.csv", table("Well,Treatment,Dose", lambda r, c, t, d: f"{r}{c},{t},{'n/a' if d is None else '500 nM' if d == 0.5 else f'{d} µM'}"))
write(
    "plates.csv",
    "Barcode,Well,Treatment,Dose (uM)\n"
    + "".join(f"P01,{r}{c:02},other,1\n" for r, c, t, d in WELLS)
    + "".join(f"P010,{r}{c:02},{t},{point(d)}\n" for r, c, t, d in WELLS),
)
write("areas.csv", "Wells,Treatment,Dose (uM)\nA1,DMSO,\nB1,DMSO,\nA2-A3,Taxol,2\n\"B2, B3\",Nocodazol,3\nC1:D2,Water,\n")
write("odd.csv", "Well,Treatment,Dose (uM)\nA01,DMSO,0\nA01,Taxol,1\nA01,DMSO,0\nZ99,x,1\nH12,far,2\n,nobody,3\nA02,Taxol,\n")

grid = "Treatment,1,2,3\nA,DMSO,Taxol,Taxol\nB,DMSO,Nocodazol,leer\n"
write("grid.csv", grid)
write(
    "grids.csv",
    "Screen 7;;;\n\nTreatment;;;\n;1;2;3\nA;DMSO;Taxol;Taxol\nB;DMSO;Nocodazol;leer\n\nDose (µM);;;\n;1;2;3\nA;-;0,5;10\nB;-;1,25;\n",
    "windows-1252",
    "\r\n",
)
write("grids-beside.csv", "Treatment,,,,,Dose (uM),,,\n,1,2,3,,,1,2,3\nA,DMSO,Taxol,Taxol,,A,,0.5,10\nB,DMSO,Nocodazol,leer,,B,,1.25,\n")

frame = pandas.DataFrame(
    [(f"{r}{c:02}", t, d) for r, c, t, d in WELLS], columns=["Metadata_Well", "Treatment", "Dose (uM)"]
)
frame.to_csv(HERE / "pandas.csv")

book = openpyxl.Workbook()
sheet = book.active
sheet.title = "Layout"
sheet.append(["Well", "Treatment", "Dose (µM)"])
for r, c, t, d in WELLS:
    sheet.append([f"{r}{c:02}", t, d])
book.create_sheet("Notes").append(["made by hand"])
book.save(HERE / "table.xlsx")

# Grids, one on each sheet, with cells merged as people merge them, and a number that was worked out.
book = xlsxwriter.Workbook(HERE / "grids.xlsx", {"default_date_format": "dd.mm.yyyy"})
for name in ["Treatment", "Dose (µM)"]:
    sheet = book.add_worksheet(name)
    for c in range(3):
        sheet.write(2, 3 + c, c + 1)
    for r in range(2):
        sheet.write(3 + r, 2, "AB"[r])
    if name == "Treatment":
        sheet.merge_range(3, 3, 4, 3, "DMSO")
        sheet.merge_range(3, 4, 3, 5, "Taxol")
        sheet.write(4, 4, "Nocodazol")
        sheet.write(4, 5, "leer")
    else:
        sheet.write_formula(3, 4, "=0.1+0.4", None, 0.5)
        sheet.write(3, 5, 10)
        sheet.write_string(4, 4, "1,25")
        sheet.write_formula(3, 3, "=1/0", None, "#DIV/0!")
book.close()

# A sheet for each plate, with dates and truths.
book = openpyxl.Workbook()
for index, name in enumerate(["P01", "Screen 7"]):
    sheet = book.active if index == 0 else book.create_sheet()
    sheet.title = name
    sheet.append(["Row", "Column", "Treatment", "added", "control"])
    sheet.append(["A", 1, "DMSO" if index else "other", datetime.date(2026, 3, 12), True])
    sheet.append(["A", 2, "Taxol" if index else "other", datetime.datetime(2026, 3, 12, 9, 30), False])
book.save(HERE / "plates.xlsx")

write(
    "harmony.xml",
    '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<AssayLayout xmlns="http://www.perkinelmer.com/PEHH/HarmonyV5">\n'
    "<PlateCols>24</PlateCols><PlateRows>16</PlateRows>\n"
    + "".join(
        f"<Layer><Name>{name}</Name><ValueType>{kind}</ValueType>"
        + "".join(
            f"<Well><Row>{ord(r) - 64}</Row><Col>{c}</Col><Value>{value(t, d)}</Value><Color>4294967295</Color></Well>"
            for r, c, t, d in WELLS
        )
        + "</Layer>\n"
        for name, kind, value in [
            ("Treatment", "string", lambda t, d: t),
            ("Dose (µM)", "double", lambda t, d: point(d)),
        ]
    )
    + "</AssayLayout>\n",
)
write(
    "plate.ome.xml",
    '<?xml version="1.0" encoding="UTF-8"?>\n<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">\n<Plate ID="Plate:0" Name="Screen 7">\n'
    + "".join(
        f'<Well ID="Well:{i}" Row="{ord(r) - 65}" Column="{c - 1}"><AnnotationRef ID="Annotation:{i}"/></Well>\n'
        for i, (r, c, t, d) in enumerate(WELLS)
    )
    + "</Plate>\n<StructuredAnnotations>\n"
    + "".join(
        f'<MapAnnotation ID="Annotation:{i}"><Value><M K="Treatment">{t}</M><M K="Dose (µM)">{point(d)}</M></Value></MapAnnotation>\n'
        for i, (r, c, t, d) in enumerate(WELLS)
    )
    + "</StructuredAnnotations>\n</OME>\n",
)
