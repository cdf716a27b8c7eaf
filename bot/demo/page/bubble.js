// One message, as Telegram draws it.

import { written } from "./text.js";

const SIZES = ["B", "KB", "MB"];

export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** The list item for a message. `deeds` says what a tap on it does: tap(data), send(text), open(picture). */
export function bubble(message, username, deeds) {
  const item = make("li", message.mine ? "message mine" : "message");
  item.dataset.id = message.id;
  item.dataset.day = message.day;
  const body = make("div", "bubble");
  if (message.forwarded) body.append(make("span", "aside", "Forwarded message"));
  if (message.reply) body.append(reply(message.reply));
  body.append(...attachments(message, deeds));
  if (message.text) body.append(make("div", "text", ...written(message.text, message.entities, username, deeds.send)));
  body.append(make("span", "stamp", message.edited ? `edited ${message.time}` : message.time));
  if (message.reaction) body.append(make("span", "reaction", message.reaction));
  item.append(body);
  if (message.keyboard.length) item.append(keyboard(message.keyboard, deeds));
  return item;
}

function reply({ id, text }) {
  const quote = make("button", "reply", text.slice(0, 80) || "Message");
  quote.type = "button";
  quote.ariaLabel = `Answers: ${text.slice(0, 80)}. Go there`;
  quote.addEventListener("click", () => {
    const target = quote.closest(".messages").querySelector(`[data-id="${id}"]`);
    target?.scrollIntoView({ block: "center" });
    target?.classList.add("found");
    setTimeout(() => target?.classList.remove("found"), 1200);
  });
  return quote;
}

function attachments(message, deeds) {
  const parts = [];
  if (message.photo) parts.push(photo(message.photo, deeds));
  if (message.document) parts.push(file(message.document));
  if (message.venue) parts.push(place(message.venue.title, message.venue.address, message.venue.location));
  else if (message.location) parts.push(place("Location", "", message.location));
  if (message.contact) parts.push(contact(message.contact));
  return parts;
}

function photo(picture, deeds) {
  const image = make("img");
  image.src = picture.address;
  image.alt = "Picture";
  image.width = picture.width;
  image.height = picture.height;
  const opener = make("button", "photo", image);
  opener.type = "button";
  opener.ariaLabel = "Open the picture";
  opener.addEventListener("click", () => deeds.open(picture));
  return opener;
}

function file(document) {
  let size = document.size;
  let unit = 0;
  while (size >= 1024 && unit < SIZES.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const ending = document.name.includes(".") ? document.name.split(".").pop().slice(0, 4) : "file";
  const anchor = make(
    "a",
    "card",
    make("span", "badge", ending),
    make("span", "", make("b", "", document.name), make("small", "", `${unit ? size.toFixed(1) : size} ${SIZES[unit]}`)),
  );
  anchor.href = document.address;
  anchor.target = "_blank";
  anchor.rel = "noopener";
  return anchor;
}

function place(title, address, { latitude, longitude }) {
  const where = address || `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
  return make("div", "card", make("span", "badge pin"), make("span", "", make("b", "", title), make("small", "", where)));
}

function contact({ first_name, last_name, phone_number }) {
  const name = [first_name, last_name].filter(Boolean).join(" ");
  const number = phone_number.startsWith("+") ? phone_number : `+${phone_number}`;
  const call = make("a", "", number);
  call.href = `tel:${number}`;
  return make("div", "card", make("span", "badge", name.slice(0, 1)), make("span", "", make("b", "", name), make("small", "", call)));
}

function keyboard(rows, deeds) {
  return make("div", "buttons", ...rows.map((row) => make("div", "row", ...row.map((button) => key(button, deeds)))));
}

function key(button, deeds) {
  const element = make("button", "key", button.text);
  element.type = "button";
  if (button.url) {
    element.classList.add("leads");
    element.addEventListener("click", () => deeds.follow(button.url));
  } else if (button.copy_text) {
    element.addEventListener("click", () => navigator.clipboard.writeText(button.copy_text.text));
  } else if (button.callback_data) {
    element.dataset.data = button.callback_data;
    element.addEventListener("click", () => deeds.tap(button.callback_data, element));
  }
  return element;
}
