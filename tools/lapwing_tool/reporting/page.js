"use strict";

/* A link to a row opens it. */
function openTarget() {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));

    if (row && row.tagName === "DETAILS") {
        row.open = true;
        row.hidden = false;
        row.scrollIntoView();
    }
}

addEventListener("hashchange", openTarget);
openTarget();

document.getElementById("filter").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/);

    for (const row of document.querySelectorAll(".row")) {
        const text = row.textContent.toLowerCase();

        row.hidden = !words.every((word) => text.includes(word));
    }
});
