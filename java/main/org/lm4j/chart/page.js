'use strict';
(function () {
  const digits = new Intl.NumberFormat('en', { maximumSignificantDigits: 5 });

  function number(value) {
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e7) {
      return value.toLocaleString('en');
    }
    if (size >= 1e7 || size < 1e-4) {
      return value.toExponential(4).replace(/\.?0*e\+?/, 'e');
    }
    return digits.format(value);
  }

  function numbers(text) {
    return text === '' ? [] : text.split(' ').map(Number);
  }

  /** Returns the index of the value nearest to x; values ascend. */
  function nearest(values, x) {
    let low = 0;
    let high = values.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] < x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low > 0 && x - values[low - 1] <= values[low] - x ? low - 1 : low;
  }

  /** Returns the box over a plot that shows what is pointed at. */
  function readout(plot) {
    const box = document.createElement('div');
    box.className = 'readout';
    box.setAttribute('role', 'status');
    plot.append(box);
    return {
      show: function (content, x, y) {
        box.replaceChildren(...content);
        const wide = plot.clientWidth;
        const left = x + 14 + box.offsetWidth <= wide ? x + 14 : x - 14 - box.offsetWidth;
        box.style.left = Math.max(0, Math.min(left, wide - box.offsetWidth)) + 'px';
        box.style.top = Math.max(0, y) + 'px';
      },
      hide: function () { box.replaceChildren(); }
    };
  }

  function text(value) {
    return document.createTextNode(value);
  }

  /** Reads the lines of a plot: at the x that is pointed at, each line's nearest value. */
  function lines(plot) {
    const box = readout(plot);
    const area = plot.querySelector('.catch');
    const cursor = plot.querySelector('.cursor');
    const top = Number(area.getAttribute('y'));
    const height = Number(area.getAttribute('height'));
    const [low, high] = numbers(plot.dataset.x);
    const series = Array.from(plot.querySelectorAll('[data-xs]'), function (group) {
      const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
      dot.setAttribute('class', 'at ' + group.getAttribute('class'));
      dot.setAttribute('r', '4');
      cursor.after(dot);
      group.querySelectorAll('title').forEach(function (title) { title.remove(); });
      return { name: group.dataset.name, css: group.getAttribute('class'), dot: dot,
        x: numbers(group.dataset.xs), y: numbers(group.dataset.ys) };
    }).filter(function (line) { return line.x.length > 0; });
    const all = Array.from(new Set(series.flatMap(function (line) { return line.x; })))
      .sort(function (a, b) { return a - b; });
    let at = -1;

    function place(x) {
      return (x - low) / (high - low);
    }
    function show(index) {
      at = Math.max(0, Math.min(all.length - 1, index));
      const x = all[at];
      const [bottom, peak] = numbers(plot.dataset.y);
      const log = plot.dataset.scale === 'log';
      const content = [text(plot.dataset.label + ' ' + number(x))];
      series.forEach(function (line) {
        const i = nearest(line.x, x);
        const far = Math.abs(place(line.x[i]) - place(x));
        const y = line.y[i];
        line.dot.style.visibility = far <= 0.15 ? '' : 'hidden';
        if (far > 0.15) {
          return;
        }
        const share = log ? Math.log(y / bottom) / Math.log(peak / bottom) : (y - bottom) / (peak - bottom);
        line.dot.setAttribute('cx', 100 * place(line.x[i]) + '%');
        line.dot.setAttribute('cy', String(top + height * (1 - share)));
        const row = document.createElement('span');
        const swatch = document.createElement('i');
        swatch.className = line.css;
        const name = document.createElement('bdi');
        name.textContent = line.name;
        const value = document.createElement('bdi');
        value.textContent = number(y) + (far <= 0.012 ? '' : ' at ' + number(line.x[i]));
        row.append(swatch, name, value);
        content.push(row);
      });
      cursor.setAttribute('x1', 100 * place(x) + '%');
      cursor.setAttribute('x2', 100 * place(x) + '%');
      plot.classList.add('read');
      const bounds = area.getBoundingClientRect();
      box.show(content, bounds.left - plot.getBoundingClientRect().left + bounds.width * place(x), top);
    }
    function hide() {
      at = -1;
      plot.classList.remove('read');
      box.hide();
    }
    function point(event) {
      const bounds = area.getBoundingClientRect();
      show(nearest(all, low + (high - low) * (event.clientX - bounds.left) / bounds.width));
    }
    if (all.length === 0) {
      return function () {};
    }
    plot.addEventListener('pointermove', point);
    plot.addEventListener('pointerdown', point);
    plot.addEventListener('pointerleave', hide);
    plot.addEventListener('blur', hide);
    return function (key) {
      const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[key];
      if (key === 'Escape') {
        hide();
      } else if (by) {
        const end = ['ArrowLeft', 'PageUp', 'End'].includes(key) ? all.length - 1 : 0;
        show(at < 0 ? end : at + by);
      }
      return Boolean(by);
    };
  }

  /** Reads the marks of a plot, such as cells and bars: what is known about the one pointed at. */
  function marks(plot) {
    const box = readout(plot);
    const known = new Map();
    plot.querySelectorAll('svg title').forEach(function (title) {
      known.set(title.parentNode, title.textContent);
      title.remove();
    });
    plot.querySelectorAll('img[title]').forEach(function (image) {
      known.set(image, image.title);
      image.removeAttribute('title');
    });
    const all = Array.from(known.keys());
    const columns = Number(plot.dataset.columns || 1);
    let at = -1;

    function show(index) {
      hide();
      at = Math.max(0, Math.min(all.length - 1, index));
      const mark = all[at];
      const shape = mark.querySelector('rect, circle') || mark;
      shape.classList.add('marked');
      const bounds = shape.getBoundingClientRect();
      const origin = plot.getBoundingClientRect();
      box.show([text(known.get(mark))], bounds.right - origin.left - 8, bounds.bottom - origin.top + 6);
    }
    function hide() {
      if (at >= 0) {
        (all[at].querySelector('rect, circle') || all[at]).classList.remove('marked');
      }
      at = -1;
      box.hide();
    }
    function point(event) {
      let mark = event.target;
      while (mark !== plot && !known.has(mark)) {
        mark = mark.parentNode;
      }
      if (mark !== plot) {
        show(all.indexOf(mark));
      } else {
        hide();
      }
    }
    plot.addEventListener('pointerover', point);
    plot.addEventListener('pointerdown', point);
    plot.addEventListener('pointerleave', hide);
    plot.addEventListener('blur', hide);
    return function (key) {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -1e9, End: 1e9 }[key];
      if (key === 'Escape') {
        hide();
      } else if (by && (at < 0 || Math.abs(by) > 1e8 || all[at + by])) {
        show(at < 0 ? 0 : at + by);
      }
      return Boolean(by) && all.length > 0;
    };
  }

  const readers = new WeakMap();

  // Plots are prepared when they are first pointed at, so that those added later work too.
  function prepare(event) {
    const plot = event.target instanceof Element ? event.target.closest('.plot') : null;
    if (plot && !readers.has(plot)) {
      readers.set(plot, plot.dataset.x ? lines(plot) : marks(plot));
    }
  }
  document.addEventListener('pointerover', prepare, true);
  document.addEventListener('focusin', prepare, true);
  document.addEventListener('keydown', function (event) {
    prepare(event);
    const read = readers.get(event.target);
    if (read && !event.ctrlKey && !event.altKey && !event.metaKey && read(event.key)) {
      event.preventDefault();
    }
  });
}());
