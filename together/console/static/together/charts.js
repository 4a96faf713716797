/* Draws each canvas[data-chart] from the JSON block it names; the figures also stand in the page as text. */
(function () {
  "use strict";
  function grouped(value) { return Number(value).toLocaleString("en-GB", { maximumFractionDigits: 6 }); }
  function isDark() { return document.documentElement.classList.contains("dark"); }
  function stacked(data) {
    return {
      type: "bar",
      data: { labels: [""], datasets: data.parts.map(function (p) { return { label: p.label, data: [p.value], backgroundColor: p.color, borderWidth: 0, barThickness: 26 }; }) },
      options: { indexAxis: "y", scales: { x: { stacked: true, display: false, max: data.max }, y: { stacked: true, display: false } } },
    };
  }
  function bars(data) {
    return {
      type: "bar",
      data: { labels: data.labels, datasets: [{ label: data.label, data: data.values, backgroundColor: data.colors || "#0f766e", borderRadius: 4, maxBarThickness: 48 }] },
      options: { scales: { x: { grid: { display: false } }, y: { beginAtZero: true, ticks: { precision: 0, callback: grouped } } }, plugins: { legend: { display: false } } },
    };
  }
  function schedule(data) {
    return {
      type: "bar",
      data: {
        labels: data.labels,
        datasets: data.parts.map(function (p) { return { label: p.label, data: p.values, backgroundColor: p.color, stack: "due", maxBarThickness: 34 }; })
          .concat([{ type: "line", label: data.balance_label || "Balance", data: data.balance, borderColor: "#8a4b05", backgroundColor: "#8a4b05", pointRadius: 2, yAxisID: data.is_one_axis ? "y" : "balance", tension: 0 }]),
      },
      options: {
        scales: {
          x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkip: true } },
          y: { stacked: true, beginAtZero: true, ticks: { callback: grouped, maxTicksLimit: 5 } },
          balance: { display: !data.is_one_axis, position: "right", beginAtZero: true, grid: { display: false }, ticks: { callback: grouped, maxTicksLimit: 5 } },
        },
      },
    };
  }
  function line(data) {
    return {
      type: "line",
      data: { labels: data.labels, datasets: [{ label: data.label, data: data.values, borderColor: "#0f766e", backgroundColor: "#0f766e", pointRadius: data.values.length > 60 ? 0 : 2, borderWidth: 2, tension: 0 }] },
      options: {
        scales: {
          x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkip: true, maxTicksLimit: 6 } },
          y: { ticks: { callback: grouped, maxTicksLimit: 5 } },
        },
        plugins: { legend: { display: false } },
      },
    };
  }
  var kinds = { stacked: stacked, bars: bars, schedule: schedule, line: line };
  function draw() {
    if (!window.Chart) { return; }
    document.querySelectorAll("canvas[data-chart]").forEach(function (canvas) {
      var block = document.getElementById(canvas.dataset.chart);
      if (!block || canvas.dataset.drawn) { return; }
      canvas.dataset.drawn = "yes";
      var data = JSON.parse(block.textContent);
      var config = kinds[data.kind](data);
      var ink = isDark() ? "#c3cccb" : "#5d6b69";
      window.Chart.defaults.color = ink;
      window.Chart.defaults.borderColor = isDark() ? "#2b3634" : "#e7eceb";
      window.Chart.defaults.font.family = "system-ui, sans-serif";
      var plugins = config.options.plugins || {};
      plugins.legend = plugins.legend || { position: "bottom", labels: { boxWidth: 10, boxHeight: 10 } };
      plugins.tooltip = { callbacks: { label: function (item) { return " " + item.dataset.label + ": " + grouped(item.raw); } } };
      config.options.plugins = plugins;
      config.options.animation = false;
      config.options.maintainAspectRatio = false;
      config.options.responsive = true;
      canvas.parentElement.style.height = (canvas.getAttribute("height") || 200) + "px";
      new window.Chart(canvas, config);
    });
  }
  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", draw); } else { draw(); }
  document.addEventListener("htmx:afterSwap", draw);
})();
