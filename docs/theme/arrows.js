// Break-it puzzles about memory in the book: for each read the reader of the page chooses the write that it takes its
// value from. A page has, for each puzzle,
//
//     <div class="arrows" data-arrows="MP" data-from="03-memory-model/break_publish_arrows.js">
//     what to read without this script </div>
//
// The data hold every execution, drawn and judged by the memory-model engine
// (docs/src/03-memory-model/predict/break_publish.rs writes them, and a test compares). This script knows no rules: it
// finds the execution with the chosen sources and shows it.
(() => {
    "use strict";

    const STYLE = `
.arrows { margin: 1.5em 0; padding: 1em; border: 1px solid var(--table-border-color, #888); border-radius: 6px; }
.arrows .ar-task { font-weight: bold; margin: 0 0 0.5em; }
.arrows .ar-reads { display: flex; flex-wrap: wrap; gap: 0.6em; margin-bottom: 0.6em; }
.arrows fieldset { border: 1px solid var(--table-border-color, #888); border-radius: 6px; padding: 0.3em 0.8em 0.5em; margin: 0; min-width: 0; }
.arrows legend, .arrows .ar-write { font-family: var(--mono-font, monospace); font-size: 0.8em; }
.arrows label { display: flex; gap: 0.5em; align-items: center; min-height: 2em; cursor: pointer; }
.arrows .ar-picture { overflow-x: auto; }
.arrows .ar-picture svg { display: block; margin: 0 auto; }
.arrows .ar-said { min-height: 3.2em; margin: 0.6em 0 0; padding: 0.4em 0.8em; border-left: 5px solid var(--table-border-color, #888); }
.arrows .ar-said.ar-broken { border-left-color: #16a34a; background: color-mix(in srgb, #16a34a 14%, transparent); }
.arrows .ar-said.ar-forbidden { border-left-color: #d97706; background: color-mix(in srgb, #d97706 14%, transparent); }
`;

    function element(tag, attributes = {}, ...children) {
        const made = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
        made.append(...children);
        return made;
    }

    class Memory {
        constructor(place, name, data) {
            this.data = data;
            /** For each read, which of its sources is chosen; in the beginning nobody has seen anything. */
            this.chosen = data.reads.map(() => 0);
            this.picture = element("div", { class: "ar-picture" });
            this.said = element("p", { class: "ar-said", "aria-live": "polite" });
            const reads = data.reads.map((read, index) => this.choice(name, read, index));
            place.replaceChildren(
                element("p", { class: "ar-task" }, data.task),
                element("div", { class: "ar-reads" }, ...reads),
                this.picture,
                this.said,
            );
            this.show();
        }

        /** The sources of a read, of which one is chosen. */
        choice(name, read, index) {
            const sources = read.sources.map(([event, text], source) => {
                const button = element("input", {
                    type: "radio",
                    name: `${name}.${read.event}`,
                    value: event,
                });
                button.checked = source === 0;
                button.addEventListener("change", () => {
                    this.chosen[index] = source;
                    this.show();
                });
                return element("label", {}, button, element("span", { class: "ar-write" }, text));
            });
            return element("fieldset", {}, element("legend", {}, read.text), ...sources);
        }

        show() {
            const execution = this.data.executions.find((execution) =>
                execution.chosen.every((source, read) => source === this.chosen[read]),
            );
            // Drawn by the engine, not typed by anybody.
            this.picture.innerHTML = execution.svg;
            this.said.textContent = execution.says;
            this.said.className = `ar-said ar-${execution.kind}`;
        }
    }

    /** Runs a script of data, once. The path is from the root of the book. */
    function load(path) {
        const root = typeof path_to_root === "string" ? path_to_root : "";
        return new Promise((loaded, failed) => {
            const script = element("script", { src: root + path });
            script.addEventListener("load", loaded);
            script.addEventListener("error", failed);
            document.head.append(script);
        });
    }

    async function start() {
        const places = [...document.querySelectorAll(".arrows[data-arrows]")];
        if (places.length === 0) return;
        document.head.append(element("style", {}, STYLE));
        // What cannot be loaded leaves the text that is there.
        await Promise.allSettled([...new Set(places.map((place) => place.dataset.from))].map(load));
        for (const place of places) {
            const data = (window.courseArrows || {})[place.dataset.arrows];
            if (data) new Memory(place, place.dataset.arrows, data);
        }
    }

    if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", start);
    } else {
        start();
    }
})();
