'use strict';
(function () {
  const root = document.querySelector('.units');
  const data = root.querySelector('.data');
  const bytes = atob(data.textContent);
  const count = Number(data.dataset.count);
  const full = Number(data.dataset.full);
  const list = root.querySelector('select');
  const status = root.querySelector('.status');
  const words = Array.from(root.querySelectorAll('.line .word'));
  let pointed = -1;

  function part(unit, index) {
    const octet = bytes.charCodeAt(unit * count + index);
    return (octet > 127 ? octet - 256 : octet) / 127;
  }

  function say() {
    if (pointed < 0) {
      status.textContent = '';
      return;
    }
    const value = part(Number(list.value), pointed) * full;
    const token = document.createElement('bdi');
    token.textContent = words[pointed].textContent.trim() === '' ? 'white space' : words[pointed].textContent;
    status.replaceChildren(token, ' ' + (value < 0 ? '−' : '+') + Math.abs(value).toFixed(2) +
      ', token ' + (pointed + 1) + ' of ' + count);
  }

  function show(unit) {
    list.value = String((unit + list.length) % list.length);
    const chosen = Number(list.value);
    words.forEach(function (word, index) {
      const value = part(chosen, index);
      word.style.setProperty('--s', Math.abs(value).toFixed(2));
      word.classList.toggle('neg', value < 0);
    });
    root.querySelectorAll('[data-unit]').forEach(function (button) {
      button.setAttribute('aria-pressed', String(Number(button.dataset.unit) === chosen));
    });
    say();
  }

  function point(index) {
    pointed = index;
    say();
  }

  list.addEventListener('change', function () {
    show(Number(list.value));
  });
  root.addEventListener('click', function (event) {
    const button = event.target.closest('button');
    if (button && button.dataset.by) {
      show(Number(list.value) + Number(button.dataset.by));
    } else if (button && button.dataset.unit) {
      show(Number(button.dataset.unit));
    }
  });
  ['mouseover', 'focusin'].forEach(function (kind) {
    root.addEventListener(kind, function (event) {
      const index = words.indexOf(event.target);
      if (index >= 0) {
        point(index);
      }
    });
  });
  root.addEventListener('mouseleave', function () {
    point(words.indexOf(document.activeElement));
  });
  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target === list) {
      return;
    }
    const index = words.indexOf(document.activeElement);
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const along = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) {
      show(Number(list.value) + by);
      event.preventDefault();
    } else if (along && index >= 0 && words[index + along]) {
      words[index + along].focus();
      event.preventDefault();
    }
  });
  if (words.length > 0) {
    words[0].tabIndex = 0;
  }
  root.classList.add('live');
  show(Number(list.value));
}());
