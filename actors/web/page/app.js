"use strict";

const shown = document.getElementById("state");

fetch("api/state")
  .then(answer => answer.text())
  .then(text => { shown.textContent = text; })
  .catch(() => { shown.textContent = "The daemon does not answer."; });
