"use strict";
(() => {
  const chart = document.getElementById("chart"), tip = document.getElementById("tip");
  const cursor = document.getElementById("cursor"), find = document.getElementById("find");
  const table = document.querySelector("#words tbody"), found = document.getElementById("found");
  const usual = Number(chart.dataset.w), first = Number(chart.dataset.first);
  const placed = [...chart.querySelectorAll("[data-a]")], wide = [...chart.querySelectorAll("[data-wide]")];
  const rows = [...table.rows], gutter = 248;
  let width = usual, at = 0, held = null;

  // Their text is shown by the tip, at once; without this script the browser shows it.
  for (const title of chart.querySelectorAll("title")) {
    title.parentNode.dataset.t = title.textContent;
    title.remove();
  }

  function zoom(to, middle) {
    to = Math.min(160, Math.max(2, to));
    const here = (chart.scrollLeft + middle) / width;
    width = to;
    for (const one of wide) one.setAttribute("width", rows.length * width);
    for (const one of placed) {
      const from = Number(one.dataset.a);
      one.setAttribute("x", from * width / 100);
      if (!one.dataset.b) continue;
      const across = (one.dataset.b - from) * width / 100;
      one.setAttribute("width", Math.max(0.5, across));
      one.classList.toggle("tiny", across < 26);
    }
    chart.classList.toggle("far", usual * 0.7 > width);
    chart.scrollLeft = here * width - middle;
    measure();
    thin();
  }

  // What reaches beyond the left edge keeps its label in sight.
  let long = [];
  function measure() {
    long = placed.filter((one) => one.dataset.b && (one.dataset.b - one.dataset.a) * width > 16000);
    long = long.map((one) => [one.dataset.a * width / 100, one.dataset.b * width / 100, one.querySelector("text")]);
    long = long.filter(([, , text]) => text);
    follow();
  }

  // Labels of the axis do not run into each other.
  function thin() {
    const every = [5, 10, 20, 50, 100, 200, 500, 1000].find((count) => count * width >= 44) || 5000;
    let free = 0;
    for (const text of chart.querySelectorAll(".axis text")) {
      const here = text.parentNode.dataset.a * width / 100;
      if (text.classList.contains("clock")) {
        const crowded = here < free;
        text.classList.toggle("crowded", crowded);
        if (!crowded) free = here + text.textContent.length * 6.6 + 10;
      } else {
        text.classList.toggle("crowded", text.textContent % every !== 0 && here > 0);
      }
    }
  }
  function follow() {
    const left = chart.scrollLeft;
    for (const [from, to, text] of long) {
      const room = Math.max(4, to - from - 60);
      text.setAttribute("x", Math.min(room, Math.max(4, left - from + 4)));
    }
  }

  function go(to, scroll) {
    at = Math.min(rows.length - 1, Math.max(0, to));
    cursor.dataset.a = at * 100;
    cursor.dataset.b = at * 100 + 100;
    cursor.setAttribute("x", at * width);
    cursor.setAttribute("width", width);
    for (const row of table.querySelectorAll(".here")) row.classList.remove("here");
    if (!rows[at]) return;
    rows[at].classList.add("here");
    if (!scroll) return;
    const left = at * width, room = chart.clientWidth - gutter;
    if (chart.scrollLeft > left - width) chart.scrollLeft = left - width * 2;
    if (left + width * 2 > chart.scrollLeft + room) chart.scrollLeft = left + width * 3 - room;
    const cells = rows[at].cells;
    const text = [0, 1, 2].map((cell) => cells[cell].textContent).join("  ") + "\n" + cells[3].textContent;
    const box = chart.getBoundingClientRect();
    show([text, cells[4].innerText].join("\n").trim(), box.left + gutter + left - chart.scrollLeft + width, box.top + 60);
  }

  function show(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    tip.style.left = Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 12)) + "px";
    tip.style.top = Math.max(8, Math.min(y + 16, innerHeight - tip.offsetHeight - 12)) + "px";
  }

  function hold(what) {
    held = what === held ? null : what;
    for (const one of document.querySelectorAll(".lit")) one.classList.remove("lit");
    chart.classList.toggle("focus", held !== null);
    table.classList.toggle("focus-rows", held !== null);
    if (held === null) return;
    const mains = held.split(" "), about = [...chart.querySelectorAll("[data-k]")];
    const words = (one) => one.dataset.k.split(" ");
    const main = (one) => words(one).some((word) => mains.includes(word));
    // What has something to do with them: their files, and who watches a file.
    const related = new Set(about.filter(main).flatMap(words));
    for (const one of about) {
      const alone = words(one).length === 1 && related.has(one.dataset.k);
      if (main(one) || alone) one.classList.add("lit");
    }
    for (const row of rows) if (row.dataset.k && main(row)) row.classList.add("lit");
  }

  function search() {
    const wanted = find.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) count += 1;
    }
    found.textContent = wanted ? count + " of " + rows.length : "";
  }

  chart.addEventListener("mousemove", (event) => {
    const one = event.target.closest("[data-t]");
    if (one) show(one.dataset.t, event.clientX, event.clientY); else tip.hidden = true;
  });
  chart.addEventListener("mouseleave", () => { tip.hidden = true; });
  chart.addEventListener("click", (event) => {
    const one = event.target.closest("[data-k]:not(.op):not(.call)");
    if (one) hold(one.classList.contains("name") ? one.dataset.k : one.dataset.k.split(" ")[0]);
    const left = event.clientX - chart.getBoundingClientRect().left - gutter;
    if (left > 0) go(Math.floor((left + chart.scrollLeft) / width), false);
  });
  chart.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const middle = event.clientX - chart.getBoundingClientRect().left - gutter;
    zoom(width * (event.deltaY > 0 ? 0.85 : 1.18), middle);
  }, { passive: false });
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row) { chart.scrollIntoView({ block: "nearest" }); go(rows.indexOf(row), true); }
  });
  find.addEventListener("input", search);
  chart.addEventListener("scroll", follow, { passive: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { find.value = ""; search(); tip.hidden = true; if (held !== null) hold(held); find.blur(); return; }
    if (event.target === find || event.ctrlKey || event.altKey || event.metaKey) return;
    const middle = (chart.clientWidth - gutter) / 2;
    const keys = {
      ArrowRight: () => go(at + 1, true), ArrowLeft: () => go(at - 1, true),
      Home: () => go(0, true), End: () => go(rows.length - 1, true),
      "+": () => zoom(width * 1.3, middle), "=": () => zoom(width * 1.3, middle), "-": () => zoom(width / 1.3, middle),
      0: () => { zoom((chart.clientWidth - gutter - 12) / rows.length, 0); chart.scrollLeft = 0; },
      "/": () => find.focus(),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
  measure();
  thin();
  const asked = /^#(\d+)$/.exec(location.hash);
  go(asked ? asked[1] - first : 0, asked !== null);
})();
