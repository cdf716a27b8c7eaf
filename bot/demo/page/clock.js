// The demo's clock, and what is due by it.

import { make } from "./bubble.js";
import { ask, tell } from "./wire.js";

const REFRESH = 5000;

export class Clock {
  constructor(element) {
    this.$ = (selector) => element.querySelector(selector);
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.by) this.skip({ by: Number(button.dataset.by) });
      else if (button?.dataset.at) this.skip({ at: button.dataset.at });
    });
    this.refresh();
    setInterval(() => this.refresh(), REFRESH);
  }

  /** Look again soon, once, however often it is asked. */
  soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.refresh(), 300);
  }

  async refresh() {
    try {
      this.show(await ask("clock"));
    } catch {
      this.$(".clock-state").textContent = "";
    }
  }

  async skip(where) {
    this.busy(true);
    try {
      this.show(await tell("clock", where));
      this.$(".clock-state").textContent = "";
    } catch (problem) {
      this.$(".clock-state").textContent = problem.message;
    } finally {
      this.busy(false);
    }
  }

  busy(walking) {
    for (const button of this.$(".skips").parentElement.querySelectorAll("button")) button.disabled = walking;
    if (walking) this.$(".clock-state").textContent = "The clock is walking…";
  }

  show({ time, day, upcoming }) {
    this.$(".clock-time").textContent = time;
    this.$(".clock-day").textContent = day;
    const list = this.$(".due");
    const written = JSON.stringify(upcoming);
    if (written === this.written) return;
    this.written = written;
    const items = upcoming.map(({ at, when, what, who }) => {
      const button = make("button", "", "Skip to");
      button.type = "button";
      button.dataset.at = at;
      button.ariaLabel = `Skip to ${when}: ${what}, ${who}`;
      return make("li", "", make("span", "", make("b", "", when), make("span", "", what), make("small", "", who)), button);
    });
    list.replaceChildren(...(items.length ? items : [make("li", "none", "Nothing is due.")]));
  }
}
