// One phone: the chat of one person with the bot.

import { bubble, make } from "./bubble.js";
import { deepLink } from "./text.js";
import { hand, tell } from "./wire.js";

const TYPING_LASTS = 5000;
const TOAST_LASTS = 4000;
const ACTIONS = { typing: "typing", upload_document: "sending a file", upload_photo: "sending a photo" };

export class Phone {
  constructor(frame) {
    this.key = frame.key;
    this.element = document.getElementById("phone").content.cloneNode(true).firstElementChild;
    this.element.id = `phone-${frame.key}`;
    this.$ = (selector) => this.element.querySelector(selector);
    this.items = new Map();
    this.unread = 0;
    this.listen();
  }

  /** Take in what is new. The answer says whether the bot wrote something. */
  show(news) {
    if (news.fresh) {
      this.items.clear();
      this.$(".messages").replaceChildren();
    }
    const before = this.frame;
    this.frame = news;
    this.surround(news, before);
    for (const id of news.gone) this.drop(id);
    for (const message of news.messages) this.place(message);
    this.markDays();
    for (const toast of news.toasts) toast.alert ? this.alert(toast.text) : this.toast(toast.text);
    if (news.fresh || news.messages.some((message) => message.mine)) this.atEnd = true;
    this.settle();
    return !news.fresh && news.messages.some((message) => !message.mine);
  }

  surround(news, before) {
    const person = `${news.name}, ${news.role.toLowerCase()}`;
    this.element.ariaLabel = person;
    this.$(".owner-name").textContent = news.name;
    this.$(".owner-role").textContent = news.role;
    this.$(".avatar").textContent = news.bot.name.slice(0, 1).toUpperCase();
    this.$(".bot-name").textContent = news.bot.name;
    this.$(".messages").ariaLabel = `Chat of ${person}, with ${news.bot.name}`;
    this.$("textarea").ariaLabel = `Message from ${news.name}`;
    this.$(".about").hidden = !news.empty || !news.about;
    this.$(".about p").textContent = news.about;
    this.element.classList.toggle("empty", news.empty);
    const start = this.$(".start");
    start.hidden = !news.empty && !news.blocked;
    start.textContent = news.blocked ? "Unblock and restart" : news.firstTap ? "Open the invitation" : "Start";
    const stop = this.$(".stop");
    stop.textContent = news.blocked ? "Unblock" : "Block";
    stop.ariaLabel = `${stop.textContent} the bot, as ${news.name}`;
    stop.hidden = news.empty;
    this.$(".commands").hidden = !news.commands.length;
    this.$(".menu").replaceChildren(...news.commands.map((command) => this.command(command)));
    this.$(".keyboard").replaceChildren(...news.keyboard.map((row) => this.row(row)));
    if (news.action[1] !== before?.action[1] && !news.fresh) this.busy(news.action[0]);
    else if (news.fresh || !news.action[0]) this.idle();
    if (news.answered !== before?.answered) this.$(".key.waiting")?.classList.remove("waiting");
  }

  place(message) {
    const fresh = bubble(message, this.frame.bot.username, {
      send: (text) => this.say(text),
      tap: (data, key) => this.tap(message.id, data, key),
      follow: (address) => this.follow(address),
      open: (picture) => this.lightbox(picture),
    });
    const old = this.items.get(message.id);
    this.items.set(message.id, fresh);
    if (!old) {
      const after = [...this.items.keys()].find((id) => id > message.id && this.items.get(id).isConnected);
      this.$(".messages").insertBefore(fresh, after ? this.items.get(after) : null);
      return;
    }
    fresh.classList.add("still");
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(fresh);
    if (focused) this.refocus(fresh, focused.dataset.data);
  }

  refocus(item, data) {
    const keys = [...item.querySelectorAll(".key")];
    const next = keys.find((key) => key.dataset.data === data) ?? keys[0] ?? this.$("textarea");
    next.focus({ preventScroll: true });
  }

  drop(id) {
    const item = this.items.get(id);
    const focused = item?.contains(document.activeElement);
    item?.remove();
    this.items.delete(id);
    if (focused) this.$("textarea").focus({ preventScroll: true });
  }

  markDays() {
    let day = "";
    for (const item of this.items.values()) {
      const marker = item.previousElementSibling?.className === "day" ? item.previousElementSibling : null;
      if (item.dataset.day === day) marker?.remove();
      else if (marker) marker.textContent = item.dataset.day;
      else item.before(make("li", "day", item.dataset.day));
      day = item.dataset.day;
    }
  }

  command({ command, description }) {
    const button = make("button", "", make("b", "", `/${command}`), ` ${description}`);
    button.type = "button";
    button.addEventListener("click", () => {
      this.open("");
      this.say(`/${command}`);
    });
    return make("li", "", button);
  }

  row(labels) {
    const keys = labels.map((label) => {
      const key = make("button", "", label);
      key.type = "button";
      key.addEventListener("click", () => this.act("press", { label }));
      return key;
    });
    return make("div", "row", ...keys);
  }

  /** Who read to the end stays at the end, whatever arrives or changes its size. */
  settle() {
    const chat = this.$(".chat");
    if (this.atEnd) chat.scrollTop = chat.scrollHeight;
  }

  listen() {
    const chat = this.$(".chat");
    let top = 0;
    let height = 0;
    chat.addEventListener("scroll", () => {
      // What grows below does not move who reads, and what shrinks moves them though they did not: only going up in a
      // chat that stays as long leaves the end.
      const near = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
      const moved = chat.scrollHeight !== height;
      this.atEnd = near || (this.atEnd && (moved || chat.scrollTop >= top));
      top = chat.scrollTop;
      height = chat.scrollHeight;
    });
    const sizes = new ResizeObserver(() => this.settle());
    sizes.observe(chat);
    sizes.observe(this.$(".messages"));
    const field = this.$("textarea");
    const fit = () => {
      field.style.height = "auto";
      field.style.height = `${Math.min(field.scrollHeight, 120)}px`;
    };
    field.addEventListener("input", fit);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.$(".writing").requestSubmit();
      }
    });
    this.$(".writing").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (!text) return;
      field.value = "";
      fit();
      this.say(deepLink(text, this.frame.bot.username) || text);
    });
    this.$(".commands").addEventListener("click", () => this.open(".menu"));
    this.$(".clip").addEventListener("click", () => this.open(".sheet"));
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.open(""));
    this.$(".file").addEventListener("change", (event) => this.attach(event.target));
    this.$(".start").addEventListener("click", () => this.start());
    this.$(".stop").addEventListener("click", () => this.act(this.frame.blocked ? "unblock" : "block"));
    this.$(".contact").addEventListener("click", () => {
      this.open("");
      this.act("contact");
    });
    this.$(".forward").addEventListener("click", () => {
      this.open("");
      this.act("forward", { message: Math.max(...this.items.keys()) });
    });
  }

  /** Open the menu or the sheet, closing the other; what is open already closes. */
  open(which) {
    for (const [panel, opener] of Object.entries({ ".menu": ".commands", ".sheet": ".clip" })) {
      const shown = panel === which && this.$(panel).hidden;
      this.$(panel).hidden = !shown;
      this.$(opener).ariaExpanded = String(shown);
      if (shown) this.$(panel).querySelector("button, input").focus();
    }
  }

  async start() {
    if (this.frame.blocked) await this.act("unblock");
    await this.say(this.frame.empty && this.frame.firstTap ? this.frame.firstTap : "/start");
    this.$("textarea").focus({ preventScroll: true });
  }

  say(text) {
    return this.act("say", { text });
  }

  tap(message, data, key) {
    key.classList.add("waiting");
    setTimeout(() => key.classList.remove("waiting"), TYPING_LASTS);
    return this.act("tap", { message, data });
  }

  follow(address) {
    const command = deepLink(address, this.frame.bot.username);
    if (command) this.say(command);
    else window.open(address, "_blank", "noopener,noreferrer");
  }

  async attach(input) {
    const [file] = input.files;
    this.open("");
    const kind = ["image/png", "image/jpeg"].includes(file?.type) ? "photo" : "document";
    if (file) await this.attempt(hand(`phones/${this.key}/file`, kind, file));
    input.value = "";
  }

  act(deed, what = {}) {
    return this.attempt(tell(`phones/${this.key}/${deed}`, what));
  }

  async attempt(promise) {
    try {
      await promise;
    } catch (problem) {
      this.toast(problem.message);
    }
  }

  busy(action) {
    this.$(".bot-state").textContent = `${ACTIONS[action] ?? "typing"}…`;
    this.element.classList.add("busy");
    clearTimeout(this.busyUntil);
    this.busyUntil = setTimeout(() => this.idle(), TYPING_LASTS);
  }

  idle() {
    this.element.classList.remove("busy");
    this.$(".bot-state").textContent = this.frame.blocked ? "blocked" : "bot";
  }

  toast(text) {
    const toast = this.$(".toast");
    toast.textContent = text;
    toast.classList.add("shown");
    clearTimeout(this.toastUntil);
    this.toastUntil = setTimeout(() => toast.classList.remove("shown"), TOAST_LASTS);
  }

  alert(text) {
    this.dialog("alert", make("p", "", text));
  }

  lightbox(picture) {
    const image = make("img");
    image.src = picture.address;
    image.alt = "Picture, enlarged";
    this.dialog("lightbox", image);
  }

  dialog(kind, content) {
    const ok = make("button", "", kind === "alert" ? "OK" : "Close");
    const form = make("form", "", content, ok);
    form.method = "dialog";
    const dialog = make("dialog", kind, form);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  }
}
