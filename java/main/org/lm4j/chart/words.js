(function () {
  const root = document.querySelector('.search');
  const input = root.querySelector('input');
  const found = root.querySelector('.found');
  const near = new Map();
  const lower = new Map();
  root.querySelector('.near').textContent.split('\n').forEach(function (line) {
    const fields = line.split('\t');
    if (fields[0] !== '') {
      near.set(fields[0], fields.slice(1));
      if (!lower.has(fields[0].toLowerCase())) {
        lower.set(fields[0].toLowerCase(), fields[0]);
      }
    }
  });
  const spots = new Map(Array.from(root.querySelectorAll('.spot'), function (spot) {
    return [spot.dataset.word, spot];
  }));

  function mark(word, css) {
    const spot = spots.get(word);
    if (spot) {
      spot.classList.add(css);
      spot.parentNode.appendChild(spot); // above the others
    }
  }

  function neighbour(word, cosine) {
    const known = near.has(word);
    const element = document.createElement(known ? 'button' : 'span');
    const name = document.createElement('bdi');
    const value = document.createElement('small');
    name.textContent = word;
    value.textContent = cosine;
    element.append(name, ' ', value);
    if (known) {
      element.type = 'button';
      element.addEventListener('click', function () {
        input.value = word;
        show();
        input.focus();
      });
    }
    return element;
  }

  function show() {
    const typed = input.value.trim();
    const word = near.has(typed) ? typed : lower.get(typed.toLowerCase());
    spots.forEach(function (spot) { spot.classList.remove('sought', 'close'); });
    root.classList.toggle('seeking', word !== undefined);
    if (word === undefined) {
      found.replaceChildren(typed === '' ? '' : 'not among the ' + near.size.toLocaleString('en') + ' words of this page');
      return;
    }
    const fields = near.get(word);
    const all = [];
    for (let i = 0; i + 1 < fields.length; i += 2) {
      all.push(neighbour(fields[i], fields[i + 1]));
      mark(fields[i], 'close');
    }
    mark(word, 'sought');
    found.replaceChildren(...all);
  }

  root.classList.add('live');
  input.addEventListener('input', show);
}());
