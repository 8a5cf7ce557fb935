// Break-it puzzles in the book. A page has, for each puzzle,
//
//     <div class="puzzle" data-puzzle="break_dining.deadlock"
//          data-from="04-classic-problems/break_dining_puzzles.js"> what to read without this script </div>
//
// The data were written by the explorer (crates/puzzle/src/page.rs says what is in them) and are loaded by
// pages that have a puzzle. This script knows nothing of locks or programs: it walks from state to state, and
// counts the rounds of a livelock. It asks no server for anything, so that it works from a file.
(() => {
    "use strict";

    const STYLE = `
.puzzle { margin: 1.5em 0; padding: 1em; border: 1px solid var(--table-border-color, #888); border-radius: 6px; }
.puzzle p { margin: 0.4em 0; }
.puzzle .pz-head { display: flex; flex-wrap: wrap; gap: 0.2em 1.2em; justify-content: space-between; align-items: baseline; }
.puzzle .pz-task { font-weight: bold; }
.puzzle .pz-columns { display: grid; grid-template-columns: repeat(var(--pz-columns), minmax(0, 1fr)); gap: 0.6em; }
.puzzle .pz-thread { border: 2px solid var(--table-border-color, #888); border-radius: 6px; padding: 0.5em; min-width: 0; }
.puzzle .pz-thread.pz-blocked { border: 2px dashed #d97706; }
.puzzle .pz-thread.pz-over { opacity: 0.75; }
.puzzle .pz-name { font-weight: bold; margin: 0 0 0.3em; }
.puzzle .pz-stands { font-size: 0.85em; min-height: 2.6em; line-height: 1.3; margin: 0.3em 0 0; }
.puzzle ol.pz-lines, .puzzle ul.pz-steps { list-style: none; margin: 0; padding: 0; }
.puzzle .pz-lines > li { display: grid; grid-template-columns: 1.6em 1.1em minmax(0, 1fr); font-size: 0.8em; line-height: 1.45; border-radius: 3px; }
.puzzle .pz-lines, .puzzle .pz-steps { font-family: var(--mono-font, monospace); }
.puzzle .pz-number { opacity: 0.75; text-align: right; padding-right: 0.4em; }
.puzzle .pz-code { display: block; overflow-wrap: anywhere; text-indent: -2ch; padding-left: calc(2ch + var(--pz-depth) * 2ch); }
.puzzle .pz-at { background: color-mix(in srgb, var(--links, #2563eb) 22%, transparent); font-weight: bold; }
.puzzle .pz-many { font-weight: normal; opacity: 0.8; font-style: italic; white-space: nowrap; }
.puzzle .pz-steps { grid-column: 3; font-weight: normal; }
.puzzle .pz-steps li.pz-next { font-weight: bold; }
.puzzle .pz-shared { display: flex; flex-wrap: wrap; gap: 0.4em; list-style: none; padding: 0; margin: 0.8em 0; }
.puzzle .pz-shared li { border: 1px solid var(--table-border-color, #888); border-radius: 4px; padding: 0.1em 0.6em; font-size: 0.9em; }
.puzzle .pz-shared li.pz-held { background: color-mix(in srgb, var(--links, #2563eb) 22%, transparent); }
.puzzle .pz-controls { position: sticky; bottom: 0; z-index: 1; background: var(--bg, Canvas); padding: 0.5em 0; }
.puzzle button { font: inherit; font-size: 0.9em; color: inherit; background: var(--theme-hover, transparent); border: 1px solid var(--fg, #888); border-radius: 5px; padding: 0.35em 0.7em; cursor: pointer; min-height: 2.6em; }
.puzzle .pz-columns button { width: 100%; overflow-wrap: anywhere; }
.puzzle button[aria-disabled="true"] { border-style: dashed; background: transparent; opacity: 0.75; cursor: not-allowed; }
.puzzle button:focus-visible { outline: 3px solid var(--links, #2563eb); outline-offset: 2px; }
.puzzle .pz-bar { display: flex; flex-wrap: wrap; gap: 0.5em; margin-top: 0.5em; }
.puzzle .pz-said { min-height: 1.6em; line-height: 1.35; font-size: 0.9em; margin-bottom: 0.5em; }
.puzzle .pz-bug { border-left: 5px solid #16a34a; padding: 0.4em 0.8em; background: color-mix(in srgb, #16a34a 14%, transparent); }
.puzzle .pz-long { border-left-color: #d97706; background: color-mix(in srgb, #d97706 14%, transparent); }
.puzzle pre { margin: 0.4em 0; overflow-x: auto; }
.puzzle .pz-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 620px) {
    .puzzle { padding: 0.6em; }
    .puzzle .pz-threads { grid-template-columns: minmax(0, 1fr); }
    .puzzle .pz-stands { min-height: 0; }
}
`;

    // Fields of the data, which are arrays to be short.
    const STEP = 0, TO = 1, TEXT = 2, LOCALS = 3; // of a thread in a state
    const THREADS = 0, HOLDERS = 1, NUMBERS = 2, BUG = 3; // of a state
    const LABEL = 0, LINE = 1, PROGRESS = 2; // of a step

    const KINDS = {
        deadlock: "Deadlock",
        livelock: "Livelock",
        invariant: "A promise is broken",
        result: "The result is wrong",
    };

    function element(tag, attributes = {}, ...children) {
        const made = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
        made.append(...children);
        return made;
    }

    function counted(number, what) {
        return `${number} ${what}${number === 1 ? "" : "s"}`;
    }

    class Board {
        constructor(place, id, data) {
            this.data = data;
            this.name = id.split(".")[1];
            /** The steps so far: who ran, and the state after. */
            this.done = [];
            this.build(place);
            this.show();
        }

        get at() {
            return this.done.length === 0 ? 0 : this.done[this.done.length - 1].to;
        }

        state(at = this.at) {
            return this.data.states[at];
        }

        /** What a thread would do in a state, or why it cannot. */
        stands(thread, at = this.at) {
            return this.state(at)[THREADS][thread];
        }

        text(index) {
            return this.data.texts[index];
        }

        /** The step that a thread stands before; none if it has finished or not begun. */
        next(thread, at = this.at) {
            const step = this.stands(thread, at)[STEP];
            return step < 0 ? undefined : this.data.threads[thread].steps[step];
        }

        canGoOn(thread, at = this.at) {
            return this.stands(thread, at)[TO] >= 0;
        }

        // The rules.

        /** Laps in a row that end in the present state: see crates/puzzle/src/explore.rs. */
        rounds() {
            const states = [0, ...this.done.map((step) => step.to)];
            const last = states.length - 1;
            let from = 0;
            this.done.forEach((step, index) => {
                if (step.progress) from = index + 1;
            });
            const visits = [];
            for (let at = from; at <= last; at++) {
                if (states[at] === states[last]) visits.push(at);
            }
            const laps = visits.map(() => 0);
            for (let end = 1; end < visits.length; end++) {
                for (let begin = 0; begin < end; begin++) {
                    if (this.fair(states, visits[begin], visits[end])) {
                        laps[end] = Math.max(laps[end], laps[begin] + 1);
                    }
                }
            }
            return laps[laps.length - 1];
        }

        /** Whoever could go on between the two states did go on. */
        fair(states, from, to) {
            const could = new Set();
            for (let at = from; at <= to; at++) {
                this.data.threads.forEach((_, thread) => {
                    if (this.canGoOn(thread, states[at])) could.add(thread);
                });
            }
            for (let at = from; at < to; at++) could.delete(this.done[at].thread);
            return could.size === 0;
        }

        /** The bug, in a sentence, if it is there. */
        bug() {
            if (this.data.kind !== "livelock") {
                const bug = this.state()[BUG];
                return bug < 0 ? undefined : this.text(bug);
            }
            if (this.rounds() < this.data.rounds) return undefined;
            return `livelock: ${counted(this.data.rounds, "round")} in which threads run, nobody gets on, and all is as it was before`;
        }

        turn(thread) {
            const name = this.data.threads[thread].name;
            const stands = this.stands(thread);
            if (this.bug() !== undefined) {
                this.say("It is broken already. Undo, or start again.");
                return;
            }
            if (!this.canGoOn(thread)) {
                this.say(`${name} ${this.text(stands[TEXT])}. Give the turn to somebody else.`);
                return;
            }
            const before = this.at;
            const step = this.next(thread);
            this.done.push({ thread, to: stands[TO], label: step[LABEL], progress: step[PROGRESS] });
            const said = [`Step ${this.done.length}: ${name}, ${this.text(stands[TEXT])}.`];
            this.data.threads.forEach((other, index) => {
                const now = this.stands(index);
                const changed = now[TEXT] !== this.stands(index, before)[TEXT] || index === thread;
                if (now[TO] < 0 && changed) said.push(`${other.name} ${this.text(now[TEXT])}.`);
            });
            this.show();
            if (this.bug() !== undefined) said.push(`${KINDS[this.data.kind]}!`);
            this.say(said.join(" "));
        }

        undo() {
            const step = this.done.pop();
            this.show();
            if (step === undefined) {
                this.say("There is nothing to undo.");
            } else {
                const name = this.data.threads[step.thread].name;
                this.say(`Undone: ${name}, ${step.label}.`);
            }
        }

        restart() {
            this.done = [];
            this.show();
            this.say("Back at the start.");
        }

        /** Single steps as turns, as `Program::turns` makes them. */
        turns() {
            const turns = [];
            for (const { thread, label } of this.done) {
                const last = turns[turns.length - 1];
                if (last && last.thread === thread && !last.labels.includes(label)) {
                    last.labels.push(label);
                } else {
                    turns.push({ thread, labels: [label] });
                }
            }
            return turns.map(({ thread, labels }) => {
                const name = JSON.stringify(this.data.threads[thread].name);
                return `run(${name}).through(${JSON.stringify(labels[labels.length - 1])})`;
            });
        }

        rust() {
            const turns = this.turns().map((turn) => `        ${turn},\n`);
            const body = turns.length === 0 ? "    vec![]\n" : `    vec![\n${turns.join("")}    ]\n`;
            return `pub fn ${this.name}() -> Vec<Turn> {\n${body}}\n`;
        }

        async copy() {
            const text = this.rust();
            try {
                await navigator.clipboard.writeText(text);
            } catch {
                // A page from a file may not reach the clipboard in that way.
                const area = element("textarea", { "aria-hidden": "true" });
                area.value = text;
                document.body.append(area);
                area.select();
                const copied = document.execCommand("copy");
                area.remove();
                this.copyButton.focus();
                if (!copied) {
                    this.schedule.open = true;
                    this.say("This browser does not let a page copy: select the text below.");
                    return;
                }
            }
            this.say(`Copied: ${counted(this.turns().length, "turn")}, to paste into your exercise file.`);
        }

        // What is on the page.

        build(place) {
            const data = this.data;
            const id = `pz-${this.name}`;
            this.count = element("p", { class: "pz-count" });
            this.threads = data.threads.map((thread, index) => this.buildThread(thread, `${id}-${index}`));
            this.shared = element("ul", { class: "pz-shared", "aria-label": "What they share" });
            this.buttons = data.threads.map((_, index) => {
                const button = element("button", { type: "button" });
                button.addEventListener("click", () => this.turn(index));
                return button;
            });
            const bar = [
                ["Undo (u)", () => this.undo()],
                ["Start again", () => this.restart()],
                ["Copy as Rust", () => this.copy()],
            ].map(([text, act]) => {
                const button = element("button", { type: "button" }, text);
                button.addEventListener("click", act);
                return button;
            });
            this.copyButton = bar[2];
            this.said = element("p", { class: "pz-said", "aria-live": "polite" });
            this.verdict = element("p", { class: "pz-verdict", role: "status" });
            this.pre = element("code", { class: "language-rust" });
            this.schedule = element(
                "details",
                {},
                element("summary", {}, "Your schedule as Rust"),
                element("pre", { tabindex: "0" }, this.pre),
            );
            const board = element(
                "div",
                { role: "group", "aria-labelledby": `${id}-task` },
                element(
                    "div",
                    { class: "pz-head" },
                    element("p", { class: "pz-task", id: `${id}-task` }, data.task),
                    this.count,
                ),
                element("div", { class: "pz-columns pz-threads" }, ...this.threads.map((t) => t.card)),
                this.shared,
                element(
                    "div",
                    { class: "pz-controls" },
                    this.said,
                    element("div", { class: "pz-columns", role: "group", "aria-label": "Who runs next" }, ...this.buttons),
                    element("div", { class: "pz-bar" }, ...bar),
                ),
                this.verdict,
                this.schedule,
            );
            board.style.setProperty("--pz-columns", data.threads.length);
            board.addEventListener("keydown", (event) => {
                if (event.key === "u" && !event.ctrlKey && !event.altKey && !event.metaKey) {
                    event.preventDefault();
                    this.undo();
                }
            });
            place.replaceChildren(board);
        }

        buildThread(thread, id) {
            const lines = thread.lines.map(([depth, text], line) => {
                const mark = element("span", { "aria-hidden": "true" });
                const hidden = element("span", { class: "pz-hidden" });
                const code = element("span", { class: "pz-code" }, hidden, text);
                code.style.setProperty("--pz-depth", depth);
                const steps = thread.steps.filter((step) => step[LINE] === line);
                const expanded = element("ul", { class: "pz-steps" });
                if (steps.length > 1) {
                    code.append(" ", element("span", { class: "pz-many" }, `(${steps.length} steps)`));
                }
                const number = element("span", { class: "pz-number", "aria-hidden": "true" }, `${line + 1}`);
                const item = element("li", {}, number, mark, code, expanded);
                return { item, mark, hidden, expanded };
            });
            const stands = element("p", { class: "pz-stands" });
            const card = element(
                "div",
                { class: "pz-thread", role: "group", "aria-labelledby": id },
                element("p", { class: "pz-name", id }, thread.name),
                element("ol", { class: "pz-lines" }, ...lines.map((line) => line.item)),
                stands,
            );
            return { card, lines, stands };
        }

        say(text) {
            this.said.textContent = text;
        }

        show() {
            const data = this.data;
            const bug = this.bug();
            let count = `${counted(this.done.length, "step")} · the fewest possible: ${data.best}`;
            if (data.kind === "livelock") count += ` · rounds: ${this.rounds()} of ${data.rounds}`;
            this.count.textContent = count;
            data.threads.forEach((_, thread) => this.showThread(thread, bug !== undefined));
            const [, holders, numbers] = this.state();
            this.shared.replaceChildren(
                ...data.locks.map((lock, index) => {
                    const holder = holders[index];
                    const text = holder < 0 ? `${lock}: free` : `${lock}: held by ${data.threads[holder].name}`;
                    return element("li", { class: holder < 0 ? "" : "pz-held" }, text);
                }),
                ...data.numbers.map((name, index) => element("li", {}, `${name} = ${numbers[index]}`)),
            );
            this.pre.textContent = this.rust();
            this.showVerdict(bug);
        }

        showThread(thread, over) {
            const { card, lines, stands } = this.threads[thread];
            const data = this.data.threads[thread];
            const now = this.stands(thread);
            const next = this.next(thread);
            const blocked = !this.canGoOn(thread);
            card.classList.toggle("pz-blocked", blocked && next !== undefined);
            card.classList.toggle("pz-over", next === undefined);
            lines.forEach((line, index) => {
                const here = next !== undefined && next[LINE] === index;
                line.item.classList.toggle("pz-at", here);
                line.mark.textContent = here ? (blocked ? "■" : "▶") : "";
                line.hidden.textContent = here ? (blocked ? "blocked here: " : "next: ") : "";
                const steps = data.steps
                    .map((step, at) => [step, at])
                    .filter(([step]) => step[LINE] === index);
                const shown = here && steps.length > 1 ? steps : [];
                line.expanded.replaceChildren(
                    ...shown.map(([step, at]) => {
                        const done = at < now[STEP];
                        const mark = done ? "✓ " : at === now[STEP] ? "▸ " : "· ";
                        const item = element("li", {}, element("span", { "aria-hidden": "true" }, mark), step[LABEL]);
                        item.append(element("span", { class: "pz-hidden" }, done ? ", done" : at === now[STEP] ? ", next" : ""));
                        item.classList.toggle("pz-next", at === now[STEP]);
                        return item;
                    }),
                );
            });
            const locals = (now[LOCALS] || []).map((value, index) => `${data.locals[index]} = ${value}`);
            const where = blocked ? `${data.name} ${this.text(now[TEXT])}` : `next: ${next[LABEL]}`;
            stands.textContent = [...locals, where].join(" · ");
            const button = this.buttons[thread];
            const off = blocked || over;
            const label = next === undefined ? "has finished" : blocked ? "blocked" : next[LABEL];
            button.textContent = `${data.name}: ${next === undefined ? this.text(now[TEXT]) : label}`;
            button.setAttribute("aria-disabled", String(off));
        }

        showVerdict(bug) {
            const steps = this.done.length;
            let text = "";
            if (bug !== undefined) {
                const kind = KINDS[this.data.kind];
                const way =
                    steps === this.data.best
                        ? `after ${counted(steps, "step")}, the fewest possible.`
                        : `after ${counted(steps, "step")}; ${this.data.best} are enough. Undo, and find the shorter way.`;
                const why = bug.slice(bug.indexOf(": ") + 2);
                text = `${kind} ${way} ${why[0].toUpperCase()}${why.slice(1)}.`;
            } else if (this.data.threads.every((_, thread) => !this.canGoOn(thread))) {
                text = "Nobody can go on, and this is not the bug to be shown. Undo, or start again.";
            }
            this.verdict.className = bug === undefined ? "pz-verdict" : "pz-verdict pz-bug";
            this.verdict.classList.toggle("pz-long", bug !== undefined && steps > this.data.best);
            if (this.verdict.textContent !== text) this.verdict.textContent = text;
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
        const places = [...document.querySelectorAll(".puzzle[data-puzzle]")];
        if (places.length === 0) return;
        document.head.append(element("style", {}, STYLE));
        const files = new Set(places.map((place) => place.dataset.from));
        // What cannot be loaded leaves the text that is there.
        await Promise.allSettled([...files].map(load));
        for (const place of places) {
            const data = (window.coursePuzzles || {})[place.dataset.puzzle];
            if (data) new Board(place, place.dataset.puzzle, data);
        }
    }

    if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", start);
    } else {
        start();
    }
})();
