// Lets one zoom into the pictures of a course and read values off them. The pictures of the page stay as they are, and are all
// there is without this script; it draws the same numbers once more with uPlot, which is loaded before it.
(() => {
  'use strict';
  const holder = document.querySelector('.course[data-series]');
  if (!holder || !self.uPlot) return;
  const series = JSON.parse(holder.dataset.series);
  const count = series.dates.length;
  const days = series.dates.map((_, place) => place + 0.5);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const at = (x) => series.dates[Math.min(count - 1, Math.max(0, Math.floor(x)))];
  let plots = [];

  // Upright lines where something happened, and the standard errors of the index.
  const lines = (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.strokeStyle = colour('edge');
    ctx.setLineDash([5, 4]);
    for (const place of series.happened) {
      const x = Math.round(u.valToPos(place + 0.5, 'x', true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  };
  const reference = (u) => {
    const { ctx, bbox } = u;
    const [mean, sd] = series.reference;
    const [top, bottom] = [mean + sd, mean - sd].map((value) => u.valToPos(value, 'y', true));
    ctx.save();
    ctx.globalAlpha = 0.13;
    ctx.fillStyle = colour('good');
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    ctx.restore();
  };
  const errors = (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.strokeStyle = colour('accent');
    ctx.lineWidth = 1.5 * devicePixelRatio;
    for (const [place, score, se] of series.walking) {
      const x = u.valToPos(place, 'x', true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, u.valToPos(score + se, 'y', true));
      ctx.lineTo(x, u.valToPos(score - se, 'y', true));
      ctx.stroke();
    }
    ctx.restore();
  };

  const number = (u, value) => (value == null ? 'not known' : String(value));
  const dots = (label, stroke) => ({ label, stroke, fill: stroke, width: 0, paths: () => null, points: { show: true, size: 8, fill: stroke }, value: number });
  const bars = (label, stroke) => ({ label, stroke, fill: stroke, width: 0, paths: self.uPlot.paths.bars({ size: [0.7, 90] }), points: { show: false }, value: number });
  const line = (label, stroke, width) => ({ label, stroke, width, points: { show: false }, value: number });

  const panels = () => [
    {
      key: 'pain', height: 150, range: [0, 10], data: [days, ...series.usual, series.pain],
      series: [line('Usual', colour('accent'), 2), line('Lower quarter', colour('line'), 1), line('Upper quarter', colour('line'), 1), dots('Worst pain', colour('accent'))],
      bands: [{ series: [3, 2], fill: colour('accent-soft') }],
    },
    {
      key: 'done', height: 150, range: [0, 100], data: [days, series.done, series.strength],
      series: [bars('Done, %', colour('accent')), { ...line('Strength, %', colour('watch'), 2), spanGaps: true }],
    },
    {
      key: 'walking', height: 180, range: series.walking_range, data: [series.walking.map(([place]) => place), series.walking.map(([, score]) => score), series.walking.map(([, , se]) => se)],
      series: [dots('Index', colour('accent')), { label: '± SE', width: 0, paths: () => null, points: { show: false }, value: number }],
      behind: [reference], before: [errors],
    },
    { key: 'wear', height: 130, range: [0, Math.max(4, ...series.wear.map((hours) => hours ?? 0))], data: [days, series.wear], series: [bars('Hours worn', colour('quiet'))] },
  ];

  const options = (panel, width) => ({
    width,
    height: panel.height,
    cursor: { sync: { key: 'course', scales: ['x', null] }, drag: { x: true, y: false } },
    legend: { live: true },
    scales: { x: { time: false, range: (u, low, high) => (low === 0 && high === count ? [0, count] : [Math.max(0, low), Math.min(count, high)]) }, y: { range: panel.range } },
    axes: [
      { stroke: colour('quiet'), grid: { stroke: colour('line') }, ticks: { stroke: colour('line') }, incrs: [1, 7, 14, 28], values: (u, splits) => splits.map((x) => (x < count ? at(x) : '')) },
      { stroke: colour('quiet'), grid: { stroke: colour('line') }, ticks: { show: false }, size: 42 },
    ],
    series: [{ label: 'Day', value: (u, x) => (x == null ? '' : at(x)) }, ...panel.series],
    bands: panel.bands ?? [],
    hooks: { drawClear: panel.behind ?? [], draw: [lines, ...(panel.before ?? [])] },
  });

  const width = () => Math.max(280, holder.parentElement.clientWidth - 24);
  const close = () => {
    plots.forEach((plot) => plot.destroy());
    plots = [];
    holder.querySelectorAll('.plot').forEach((one) => one.remove());
  };
  const draw = () => {
    close();
    plots = panels().map((panel) => {
      const place = document.createElement('div');
      place.className = 'plot';
      holder.querySelector(`[data-panel="${panel.key}"]`).append(place);
      const plot = new self.uPlot(options(panel, width()), panel.data, place);
      plot.setScale('x', { min: 0, max: count });
      return plot;
    });
  };

  const button = document.createElement('button');
  const say = (open) => {
    button.textContent = open ? 'Back to the pictures' : 'Zoom and read values';
    button.setAttribute('aria-pressed', String(open));
    holder.classList.toggle('plotted', open);
    hint.hidden = !open;
  };
  button.type = 'button';
  button.className = 'button second';
  const hint = document.createElement('p');
  hint.className = 'quiet';
  hint.textContent = 'Drag across days to zoom in, double-click to see all again; values stand below each picture. The table has them too.';
  button.addEventListener('click', () => {
    const open = !holder.classList.contains('plotted');
    say(open);
    if (open) draw(); else close();
  });
  const tools = document.querySelector('[data-zoom]');
  tools.append(button, hint);
  tools.hidden = false;
  say(false);
  const again = () => { if (plots.length) draw(); };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
  let waits = 0;
  addEventListener('resize', () => { clearTimeout(waits); waits = setTimeout(again, 150); });
})();
