"use strict";
// Hover over the chart: what each run was at. The numbers are in the page; nothing is fetched.
for (const figure of document.querySelectorAll("figure.chart")) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const plot = figure.querySelector(".plot");
  const reading = document.createElement("div");
  const pointer = document.createElement("div");
  reading.className = "reading";
  pointer.className = "pointer";
  reading.hidden = pointer.hidden = true;
  figure.append(pointer, reading);
  const bytes = (n) => {
    if (n === null) return "unknown";
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (n >= 999.5 && unit < 4) { n /= 1000; unit += 1; }
    return `${unit === 0 ? n : n.toPrecision(3)} ${units[unit]}`;
  };
  // The last entry of a sorted list at or before a value.
  const at = (times, value) => {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= value) low = middle + 1; else high = middle;
    }
    return low - 1;
  };
  const leave = () => { reading.hidden = pointer.hidden = true; };
  plot.addEventListener("pointerleave", leave);
  plot.addEventListener("pointermove", (event) => {
    const area = plot.getBoundingClientRect();
    const around = figure.getBoundingClientRect();
    const share = (event.clientX - area.left) / area.width;
    const [from, to] = data.x;
    const x = from + share * (to - from);
    reading.replaceChildren();
    const line = (text, className) => {
      const row = document.createElement("div");
      row.textContent = text;
      row.className = className;
      reading.append(row);
    };
    line(data.isWork ? `${Math.round(x * 100)} % of the work` : `${x.toFixed(2)} s`, "quiet");
    for (const run of data.runs) {
      const place = at(run.at, x);
      if (place < 0 || x > run.end) continue;
      line(`${run.title}: ${bytes(run.rss[place])}, ${bytes(run.second[place])} ${run.secondName}`, run.mode);
      const phase = run.phases[at(run.phases.map((phase) => phase[0]), x)];
      if (phase && x <= phase[1]) line(phase[2], "quiet");
    }
    reading.hidden = pointer.hidden = false;
    pointer.style.left = `${event.clientX - around.left}px`;
    pointer.style.top = `${area.top - around.top}px`;
    pointer.style.height = `${area.height}px`;
    const room = around.width - reading.offsetWidth;
    reading.style.left = `${Math.max(0, Math.min(event.clientX - around.left + 14, room))}px`;
    reading.style.top = `${area.top - around.top + 12}px`;
  });
}
// A click on a heading sorts its table; numbers are sorted by their exact value.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => {
        const cell = row.cells[column];
        return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
      };
      const order = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
      const rows = [...table.tBodies[0].rows].sort((a, b) => order(key(a), key(b)) * (up ? 1 : -1));
      table.tBodies[0].append(...rows);
    });
  });
}
