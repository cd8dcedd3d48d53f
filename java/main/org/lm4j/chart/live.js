(function () {
  const root = document.querySelector('main');
  if (window.parent !== window) {
    // Loaded by the page itself: that is how a page from a file reads what the file has now.
    window.parent.postMessage({ page: document.documentElement.outerHTML }, '*');
    return;
  }

  const drawn = new WeakMap(); // plots as they came, before anything was shown in them
  let pointer = null;
  let over = false;

  function remember(node) {
    node.querySelectorAll('.plot').forEach(function (plot) { drawn.set(plot, plot.outerHTML); });
  }

  /** Puts a newer plot in the place of another, and reads it where that was being read. */
  function replace(plot, next) {
    if (drawn.get(plot) === next.outerHTML) {
      return;
    }
    drawn.set(next, next.outerHTML);
    const focused = document.activeElement === plot;
    const pointed = pointer && plot.matches(':hover');
    plot.replaceWith(next);
    next.dispatchEvent(new CustomEvent('drawn', { bubbles: true }));
    if (focused) {
      next.focus({ preventScroll: true });
    }
    if (pointed) {
      const target = document.elementFromPoint(pointer.clientX, pointer.clientY);
      ['pointerover', 'pointermove'].forEach(function (kind) {
        (next.contains(target) ? target : next).dispatchEvent(new PointerEvent(kind,
          { bubbles: true, clientX: pointer.clientX, clientY: pointer.clientY }));
      });
    }
  }

  /** Makes a node like another; what is the same stays, with its scroll position and selection. */
  function morph(from, to) {
    if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
      from.replaceWith(to);
      if (to.nodeType === Node.ELEMENT_NODE) {
        remember(to);
      }
    } else if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.data !== to.data) {
        from.data = to.data;
      }
    } else if (from.classList.contains('plot') && to.classList.contains('plot')) {
      replace(from, to);
    } else {
      attributes(from, to);
      children(from, to);
    }
  }

  function attributes(from, to) {
    Array.from(from.attributes).forEach(function (attribute) {
      if (!to.hasAttribute(attribute.name) && !(from.nodeName === 'DETAILS' && attribute.name === 'open')) {
        from.removeAttribute(attribute.name);
      }
    });
    Array.from(to.attributes).forEach(function (attribute) {
      if (from.getAttribute(attribute.name) !== attribute.value) {
        from.setAttribute(attribute.name, attribute.value);
      }
    });
  }

  function children(from, to) {
    const next = Array.from(to.childNodes);
    next.forEach(function (child, index) {
      const now = from.childNodes[index];
      if (now) {
        morph(now, child);
      } else {
        from.appendChild(child);
        if (child.nodeType === Node.ELEMENT_NODE) {
          remember(from);
        }
      }
    });
    while (from.childNodes.length > next.length) {
      from.lastChild.remove();
    }
  }

  function show(html) {
    const next = new DOMParser().parseFromString(html, 'text/html');
    if (next.querySelector('main')) {
      document.title = next.title;
      morph(root, next.querySelector('main'));
      look();
    }
  }

  function look() {
    const state = document.querySelector('.state');
    over = !state || state.dataset.over === 'true'; // without one it is a page of another kind
  }

  /** Says so where the file is no longer written, though it says that the run is not over. */
  function quiet() {
    const state = document.querySelector('.state');
    const lost = document.querySelector('.lost');
    const seconds = over ? 0 : (Date.now() - Number(state.dataset.drawn)) / 1000;
    lost.hidden = seconds < Number(state.dataset.quiet);
    if (!lost.hidden) {
      const unit = seconds < 7200 ? [60, ' minutes'] : seconds < 172800 ? [3600, ' hours'] : [86400, ' days'];
      lost.textContent = 'No news of the run for ' + Math.floor(seconds / unit[0]) + unit[1] + ': it may have been killed.';
      state.textContent = 'no news';
    }
  }

  function follow() {
    const source = new EventSource('events');
    const lost = document.querySelector('.lost');
    source.onmessage = function (event) {
      lost.hidden = true;
      show(JSON.parse(event.data).page);
      if (over) {
        source.close();
      }
    };
    source.onerror = function () {
      lost.hidden = over;
    };
  }

  function poll() {
    const frame = document.createElement('iframe');
    const late = setTimeout(done, 10000);
    function done() {
      clearTimeout(late);
      window.removeEventListener('message', take);
      frame.remove();
      quiet();
      if (!over) {
        setTimeout(wait, 2000);
      }
    }
    function take(event) {
      if (event.source === frame.contentWindow && typeof event.data.page === 'string') {
        show(event.data.page);
        done();
      }
    }
    frame.hidden = true;
    window.addEventListener('message', take);
    frame.src = location.pathname + '?' + Date.now();
    document.body.appendChild(frame);
  }

  function wait() {
    if (document.hidden) {
      document.addEventListener('visibilitychange', wait, { once: true });
    } else {
      poll();
    }
  }

  remember(root);
  look();
  document.addEventListener('pointermove', function (event) {
    if (event.isTrusted) {
      pointer = event;
    }
  }, true);
  if (!over && location.protocol === 'file:') {
    quiet();
    setTimeout(wait, 1000);
  } else if (!over) {
    follow();
  }
}());
