// A list of any length: only the lines in sight are elements.

import { h, replace } from "./dom.js";

const HEIGHT = 28;

/**
 * `<p-list>`: give it `count` and `line(index)`, which makes what a line holds; `choose(index)` is called for the line that is chosen,
 * by the mouse or by the arrow keys and Enter.
 */
class List extends HTMLElement {
    count = 0;
    chosen = -1;
    line = () => "";
    choose = null;

    connectedCallback() {
        this.className = "list";
        this.tabIndex = 0;
        this.setAttribute("role", "listbox");
        this.room = h("div", { class: "room", role: "presentation" });
        replace(this, this.room);
        this.addEventListener("scroll", () => this.draw());
        this.addEventListener("keydown", event => this.key(event));
        this.observer = new ResizeObserver(() => this.draw());
        this.observer.observe(this);
        this.draw();
    }

    disconnectedCallback() { this.observer.disconnect(); }

    /** Shows what is there now; the place in the list stays. */
    update(count) {
        this.count = count;
        this.drawn = "";
        this.draw();
    }

    draw() {
        if (!this.room) return;
        this.room.style.height = `${this.count * HEIGHT}px`;
        this.style.height = `${Math.min(384, Math.max(3, this.count) * HEIGHT + 2)}px`;
        const first = Math.max(0, Math.floor(this.scrollTop / HEIGHT) - 5);
        const last = Math.min(this.count, Math.ceil((this.scrollTop + this.clientHeight) / HEIGHT) + 5);
        const drawn = `${first} ${last} ${this.count} ${this.chosen}`;
        if (drawn === this.drawn) return;
        this.drawn = drawn;
        const lines = [];
        for (let index = first; index < last; index++) {
            const line = h("div", { class: "line", role: "option", id: `${this.id || "list"}-${index}`, "aria-selected": String(index === this.chosen),
                "aria-setsize": String(this.count), "aria-posinset": String(index + 1), onclick: () => this.select(index, true) }, this.line(index));
            line.style.top = `${index * HEIGHT}px`;
            lines.push(line);
        }
        replace(this.room, lines);
        if (this.chosen >= first && this.chosen < last) this.setAttribute("aria-activedescendant", `${this.id || "list"}-${this.chosen}`);
        else this.removeAttribute("aria-activedescendant");
    }

    select(index, opens) {
        this.chosen = index;
        const top = index * HEIGHT;
        if (top < this.scrollTop) this.scrollTop = top;
        else if (top + HEIGHT > this.scrollTop + this.clientHeight) this.scrollTop = top + HEIGHT - this.clientHeight;
        this.draw();
        if (opens) this.choose?.(index);
    }

    key(event) {
        const page = Math.max(1, Math.floor(this.clientHeight / HEIGHT) - 1);
        const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count };
        if (event.key in steps && this.count) {
            event.preventDefault();
            this.select(Math.min(this.count - 1, Math.max(0, this.chosen + steps[event.key])), false);
        } else if (event.key === "Enter" && this.chosen >= 0) {
            this.choose?.(this.chosen);
        }
    }
}

customElements.define("p-list", List);
