// A one-time code stands in the address after the #, where no server and no log sees it. This moves it
// into its field and takes it out of the address bar. Without scripts a person types it.
"use strict";
(() => {
  const field = document.querySelector("[data-code]");
  const take = () => {
    const code = decodeURIComponent(window.location.hash.slice(1));
    if (!field || !code) return;
    field.value = code;
    window.history.replaceState(null, "", window.location.pathname);
    const next = document.querySelector("[data-after-code]");
    if (next) next.focus();
  };
  window.addEventListener("hashchange", take);
  take();
})();
