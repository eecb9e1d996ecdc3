// Runs before anything is drawn: puts on the theme that was chosen last, then starts the program that Trunk preloads.
// The program itself is in app/src; this file exists so that the page needs no inline script.
(() => {
  "use strict";
  const page = document.documentElement;
  try {
    const theme = localStorage.getItem("throng.theme");
    if (theme === "light" || theme === "dark") page.dataset.theme = theme;
  } catch {
    // No storage, no chosen theme: the system's is used.
  }
  addEventListener("DOMContentLoaded", async () => {
    const before = document.getElementById("before");
    try {
      const script = document.querySelector('link[rel="modulepreload"]').href;
      const wasm = document.querySelector('link[rel="preload"][as="fetch"]').href;
      const { default: start } = await import(script);
      await start({ module_or_path: wasm });
      before.remove();
    } catch (error) {
      before.textContent = "The page could not start. Reloading may help; a browser from before 2023 is too old for it.";
      throw error;
    }
  });
})();
