(function () {
  const space = 'http://www.w3.org/2000/svg';

  function numbers(text) {
    return text === '' ? [] : text.split(' ').map(Number);
  }

  /** Returns the lines of a plot, with the paths as they came. */
  function lines(plot) {
    return Array.from(plot.querySelectorAll('[data-xs]'), function (group) {
      const path = group.querySelector('path');
      if (path && !path.dataset.d) {
        path.dataset.d = path.getAttribute('d');
      }
      return { group: group, path: path, x: numbers(group.dataset.xs), y: numbers(group.dataset.ys) };
    });
  }

  /** An exponential moving average without the bias of its beginning, as in TensorBoard. */
  function smoothed(values, weight) {
    let sum = 0;
    let whole = 0;
    return values.map(function (value) {
      sum = weight * sum + (1 - weight) * value;
      whole = weight * whole + (1 - weight);
      return sum / whole;
    });
  }

  /** Returns the ticks of a logarithmic axis: 1, 2 and 5, or powers of ten where these are many. */
  function ticks(low, high) {
    const found = [];
    const wide = Math.log10(high / low) > 2.5;
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
      (wide ? [1] : [1, 2, 5]).forEach(function (factor) {
        const tick = Number(factor + 'e' + e);
        if (tick >= low * 0.999 && tick <= high * 1.001) {
          found.push(tick);
        }
      });
    }
    if (found.length > 2) {
      return found;
    }
    const wanted = (high - low) / 5 || low;
    const unit = Math.pow(10, Math.floor(Math.log10(wanted)));
    const step = [1, 2, 5, 10].find(function (factor) { return factor * unit >= wanted; }) * unit;
    const even = [];
    for (let i = Math.ceil(low / step); i * step <= high * 1.001; i++) {
      even.push(Number((i * step).toPrecision(10)));
    }
    return even.length > 1 ? even : [low, high];
  }

  function element(name, attributes, text) {
    const made = document.createElementNS(space, name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    made.textContent = text || '';
    return made;
  }

  function label(value) {
    return value >= 1e7 || value < 1e-4 ? value.toExponential() : value.toLocaleString('en', { maximumSignificantDigits: 3 });
  }

  function apply(figure) {
    const plot = figure.querySelector('.plot');
    const area = plot && plot.querySelector('.catch');
    if (!area) {
      return;
    }
    const slider = figure.querySelector('.tools input[type="range"]');
    const box = figure.querySelector('.tools input[type="checkbox"]');
    const weight = slider ? Number(slider.value) : 0;
    const log = Boolean(box && box.checked);
    const top = Number(area.getAttribute('y'));
    const height = Number(area.getAttribute('height'));
    const [left, right] = numbers(plot.dataset.x);
    const all = lines(plot);
    plot.dataset.linear = plot.dataset.linear || plot.dataset.y + '|' + plot.dataset.scale;
    const [range, scale] = plot.dataset.linear.split('|');
    const ys = all.flatMap(function (line) { return line.y; });
    plot.dataset.y = log ? Math.min(...ys) + ' ' + Math.max(...ys) : range;
    plot.dataset.scale = log ? 'log' : scale;
    let [low, high] = numbers(plot.dataset.y);
    if (log && low === high) {
      high = low * 10;
      plot.dataset.y = low + ' ' + high;
    }

    function place(y) {
      const share = plot.dataset.scale === 'log' ? Math.log(y / low) / Math.log(high / low) : (y - low) / (high - low);
      return top + height * (1 - share);
    }
    function drawn(line, values) {
      return values.map(function (y, i) {
        const x = 1000 * (line.x[i] - left) / (right - left);
        return (i === 0 ? 'M' : 'L') + x.toFixed(2) + ' ' + place(y).toFixed(2);
      }).join('') + (values.length === 1 ? 'h0' : '');
    }

    plot.classList.toggle('logged', log);
    plot.querySelectorAll('.added').forEach(function (old) { old.remove(); });
    if (log) {
      const svg = area.parentNode;
      ticks(low, high).forEach(function (tick) {
        const y = place(tick);
        svg.prepend(element('line', { class: 'grid added', x1: 0, x2: '100%', y1: y, y2: y }),
          element('text', { class: 'tick end added', x: -8, y: y + 4 }, label(tick)));
      });
    }
    all.forEach(function (line) {
      if (!line.path) {
        return;
      }
      line.path.setAttribute('d', log ? drawn(line, line.y) : line.path.dataset.d);
      const smooth = weight > 0 && line.y.length >= 20;
      line.group.classList.toggle('raw', smooth);
      if (smooth) {
        line.path.parentNode.append(
          element('path', { class: 'added', d: drawn(line, smoothed(line.y, weight)) }));
      }
    });
  }

  /** Returns the values of a plot, one a line. */
  function table(figure) {
    const plot = figure.querySelector('.plot');
    const rows = [];
    function field(text) {
      return text.replace(/[\t\r\n]/g, ' ');
    }
    if (plot.dataset.x) {
      const area = plot.querySelector('.area .label');
      const title = figure.querySelector('figcaption').textContent;
      const own = area && !area.classList.contains('middle') ? area.textContent : title;
      rows.push(['line', plot.dataset.label, own]);
      lines(plot).forEach(function (line) {
        line.x.forEach(function (x, i) { rows.push([line.group.dataset.name, x, line.y[i]]); });
      });
    } else {
      figure.querySelectorAll('details tr').forEach(function (row) {
        rows.push(Array.from(row.children, function (cell) { return cell.textContent; }));
      });
    }
    return rows.map(function (row) {
      return row.map(function (cell) { return field(String(cell)); }).join('\t') + '\n';
    }).join('');
  }

  function save(figure) {
    const link = document.createElement('a');
    const name = figure.querySelector('figcaption').textContent;
    link.href = URL.createObjectURL(new Blob([table(figure)], { type: 'text/tab-separated-values' }));
    link.download = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 60) + '.tsv';
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  }

  document.documentElement.classList.add('scripted');
  document.addEventListener('input', function (event) {
    const figure = event.target.closest('figure');
    if (figure && event.target.closest('.tools')) {
      apply(figure);
    }
  });
  document.addEventListener('click', function (event) {
    const button = event.target.closest('.tools button');
    if (button) {
      save(button.closest('figure'));
    }
  });
  // A plot that is replaced by a newer one looks as its controls say.
  document.addEventListener('drawn', function (event) {
    const figure = event.target.closest('figure');
    if (figure && figure.querySelector('.tools')) {
      apply(figure);
    }
  });
}());
