"""The study's question, asked of OpenHCS itself: what does it need all at once, and one component at a time?

    python3 study.py --stepwell STEPWELL --python PYTHON --out DIR [--channels 4] [--timepoints 5] [--size 720x720]

STEPWELL is the program, PYTHON an interpreter that has OpenHCS 0.8.6. Makes a plate, runs OpenHCS on it in each way under `stepwell watch`, imports
its log, runs Stepwell on the same plate, writes a report, and prints what was found. The folder then has: `plate`, `results` (of OpenHCS), `runs`
(records), `report`, `figures.json`.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

WAYS = {"all at once": "", "by channel": "channel", "by channel and timepoint": "channel,timepoint"}
HERE = Path(__file__).resolve().parent
MEBIBYTE = 1024 * 1024


def main():
    args = arguments()
    out = args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    plate, runs = out / "plate", out / "runs"
    if not plate.exists():
        shape = [f"--{name}={getattr(args, name)}" for name in ("channels", "timepoints", "sites", "planes", "size")]
        subprocess.run([args.stepwell, "demo", plate, *shape], check=True, stdout=subprocess.DEVNULL)
    figures = {
        "as shipped, by channel": watch(args, out, "as shipped, by channel", "channel", as_shipped=True),
        **{way: watch(args, out, way, components) for way, components in WAYS.items()},
        **{f"Stepwell {way}": stepwell(args, plate, runs, components) for way, components in WAYS.items()},
    }
    figures["results"] = compare_results(args, out, figures)
    (out / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    subprocess.run([args.stepwell, "report", runs, "--out", out / "report"], check=True)
    show(figures)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stepwell", type=Path, required=True)
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("--out", type=Path, required=True)
    for name, default in (("channels", "4"), ("timepoints", "5"), ("sites", "9"), ("planes", "3"), ("size", "720x720")):
        parser.add_argument(f"--{name}", default=default)
    args = parser.parse_args()
    args.stepwell = args.stepwell.resolve()
    # Not resolved: the interpreter of an environment is a link.
    args.python = args.python.absolute()
    return args


def watch(args, out, way, components, as_shipped=False):
    """Runs OpenHCS in one way, watched, and imports its log."""
    name = way.replace(",", "").replace(" ", "-")
    # Of the same name, so that results have the same names.
    copy, results = out / "copies" / name / "plate", out / "results" / name
    for folder in (copy, results):
        shutil.rmtree(folder, ignore_errors=True)
    results.mkdir(parents=True)
    # OpenHCS writes into the folder of the plate.
    shutil.copytree(out / "plate", copy)
    program = [args.python, HERE / "run_openhcs.py", copy, results, "--sequential", components]
    program += ["--as-shipped"] if as_shipped else []
    title = f"OpenHCS {way}"
    options = ["--name", title, "--rules", "openhcs", "--out", out / "runs", "--json"]
    options += [] if as_shipped else ["--outputs", results / "plate_openhcs" / "images"]
    watched = subprocess.run(
        [args.stepwell, "watch", *options, "--", *program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    record = json.loads(watched.stdout)
    log = Path(record["record"]) / "output.log"
    told = [float(number) for number in re.findall(r"Memory before preload: ([\d.]+) MB RSS", log.read_text())]
    figures = {
        "exit_code": record["exit_code"],
        "peak_bytes": record["peak_rss_bytes"],
        "secs": record["secs"],
        "images_at_once": record["images_at_once"],
        "combinations": len(told),
        "told_before_each_preload_bytes": [round(number * MEBIBYTE) for number in told],
        "record": record["record"],
    }
    if as_shipped:
        errors = re.findall(r"^.*(?:Error|mismatch).*$", log.read_text(), re.MULTILINE)
        figures["error"] = errors[-1].split("err: ", 1)[-1] if errors else None
    else:
        imported = [args.stepwell, "import", log, "--name", f"{title}, by its log", "--out", out / "runs", "--json"]
        subprocess.run(imported, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(copy)
    return figures


def stepwell(args, plate, runs, components):
    """Stepwell's own run of the same plate with the same steps."""
    mode = ["--mode", "sequential", "--sequential", components] if components else ["--mode", "bulk"]
    command = [args.stepwell, "run", plate, *mode, "--threads", "1", "--out", runs, "--json"]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    summary = json.loads(ran.stdout.splitlines()[-1])["summary"]
    return {
        "peak_bytes": summary["peak_rss_bytes"],
        "secs": summary["wall_secs"],
        "images_at_once": summary["images_at_once"],
        "combinations": summary["combinations"],
        "after_each_clear_bytes": summary["rss_after_clear_bytes"],
        "record": summary["record"],
    }


def compare_results(args, out, figures):
    """Whether the ways of OpenHCS give the same files, and how far Stepwell's are from them."""
    lists = []
    for way in WAYS:
        folder = out / "results" / way.replace(" ", "-") / "plate_openhcs" / "images"
        sums = subprocess.run(["sha256sum", *sorted(path.name for path in folder.glob("*.TIF"))], cwd=folder, check=True, stdout=subprocess.PIPE)
        lists.append(sums.stdout)
    ours = Path(figures["Stepwell all at once"]["record"]).parent / "images"
    compared = subprocess.run([args.python, HERE / "compare_images.py", folder, ours], check=True, stdout=subprocess.PIPE)
    return {"files": lists[0].count(b"\n"), "all_ways_equal": len(set(lists)) == 1, "stepwell": json.loads(compared.stdout)}


def show(figures):
    print("| run | peak | seconds | images at once | memory before the first preload, before the last |")
    print("|---|---|---|---|---|")
    for run, one in figures.items():
        if "peak_bytes" not in one:
            continue
        course = one.get("told_before_each_preload_bytes") or one.get("after_each_clear_bytes") or []
        ends = f"{megabytes(course[0])}, {megabytes(course[-1])}" if course else ""
        print(f"| {run} | {megabytes(one['peak_bytes'])} | {one['secs']:.1f} | {one['images_at_once']} | {ends} |")
    print("\nAs shipped:", figures["as shipped, by channel"]["error"])
    print("Results:", json.dumps(figures["results"]))


def megabytes(count):
    return f"{count / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
