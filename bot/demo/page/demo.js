// The desk: phones, tabs where there is room for one phone only, and the clock.

import { make } from "./bubble.js";
import { Clock } from "./clock.js";
import { Phone } from "./phone.js";
import { tell } from "./wire.js";

const phones = new Map();
const area = document.querySelector(".phones");
const tabs = document.querySelector(".tabs");
const offline = document.querySelector(".offline");
const clock = new Clock(document.querySelector(".clock"));
const narrow = window.matchMedia("(max-width: 819px)");
if (narrow.matches) document.querySelector(".clock").open = false;

function phoneOf(news) {
  if (phones.has(news.key)) return phones.get(news.key);
  const phone = new Phone(news);
  phones.set(news.key, phone);
  phone.tab = make("button", "", make("span", "", news.name), make("small", "", news.role), make("i", "badge"));
  phone.tab.role = "tab";
  phone.tab.type = "button";
  phone.tab.id = `tab-${news.key}`;
  phone.tab.setAttribute("aria-controls", phone.element.id);
  phone.tab.addEventListener("click", () => choose(phone));
  tabs.append(phone.tab);
  area.append(phone.element);
  if (phones.size === 1) choose(phone);
  else phone.tab.tabIndex = -1;
  return phone;
}

function choose(phone) {
  for (const other of phones.values()) {
    const chosen = other === phone;
    other.element.classList.toggle("chosen", chosen);
    other.tab.ariaSelected = String(chosen);
    other.tab.tabIndex = chosen ? 0 : -1;
  }
  phone.unread = 0;
  count(phone);
}

function count(phone) {
  const badge = phone.tab.querySelector(".badge");
  badge.textContent = phone.unread || "";
  badge.ariaLabel = phone.unread ? `${phone.unread} new` : "";
}

tabs.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = [...phones.values()];
  const next = all[(all.findIndex((phone) => phone.tab === event.target) + step + all.length) % all.length];
  choose(next);
  next.tab.focus();
});

const form = document.querySelector(".add");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = form.elements.name;
  const { key } = await tell("phones", { name: field.value });
  field.value = "";
  wanted = key;
  if (phones.has(key)) reveal(phones.get(key));
});

let wanted = "";

function reveal(phone) {
  wanted = "";
  choose(phone);
  phone.element.scrollIntoView({ inline: "end", block: "nearest" });
  phone.element.querySelector(".start").focus({ preventScroll: true });
}

const stream = new EventSource("events");
stream.addEventListener("open", () => (offline.hidden = true));
stream.addEventListener("error", () => (offline.hidden = false));
stream.addEventListener("phone", (event) => {
  const news = JSON.parse(event.data);
  const phone = phoneOf(news);
  const spoken = phone.show(news);
  if (spoken && narrow.matches && !phone.element.classList.contains("chosen")) {
    phone.unread += news.messages.length;
    count(phone);
  }
  if (news.key === wanted) reveal(phone);
  clock.soon();
});
