// What the page starts as a Web Worker: loads the program beside it. A failure to load is an error of the worker, which the page hears.
import start from "./engine.js";

start().catch((error) => {
  // Thrown from a task of its own: a rejected promise alone would not reach the page.
  setTimeout(() => {
    throw error;
  });
});
