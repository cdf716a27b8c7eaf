// A text with its entities, as elements. Offsets count UTF-16 units, as JavaScript's strings do.

const ELEMENTS = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
  spoiler: "span",
  custom_emoji: "span",
};

const ADDRESSES = {
  text_link: (entity) => entity.url,
  url: (entity, text) => (/^https?:/i.test(text) ? text : `https://${text}`),
  email: (entity, text) => `mailto:${text}`,
  phone_number: (entity, text) => `tel:${text.replace(/[^+\d]/g, "")}`,
};

/** The command a link to this bot sends when it is opened, or nothing where the link leads elsewhere. */
export function deepLink(address, username) {
  const found = /^(?:https?:\/\/)?(?:t|telegram)\.me\/([A-Za-z0-9_]+)\/?(?:\?start=([A-Za-z0-9_-]*))?$/i.exec(address.trim());
  if (!found || found[1].toLowerCase() !== username.toLowerCase()) return "";
  return found[2] ? `/start ${found[2]}` : "/start";
}

/** Nodes for a text. `send` is called with the command when a command or a link to this bot is clicked. */
export function written(text, entities, username, send) {
  return pieces(text, 0, text.length, [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length), username, send);
}

function pieces(text, from, to, entities, username, send) {
  const nodes = [];
  let at = from;
  while (entities.length) {
    const entity = entities.shift();
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (start >= end) continue;
    if (start > at) nodes.push(text.slice(at, start));
    const inside = [];
    while (entities.length && entities[0].offset < end) inside.push(entities.shift());
    const element = marked(entity, text.slice(start, end), username, send);
    element.append(...pieces(text, start, end, inside, username, send));
    nodes.push(element);
    at = end;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

function marked(entity, text, username, send) {
  if (entity.type === "bot_command") return command(text, send);
  if (entity.type in ADDRESSES) return link(ADDRESSES[entity.type](entity, text), username, send);
  const element = document.createElement(ELEMENTS[entity.type] ?? "span");
  element.className = entity.type;
  if (entity.type === "spoiler") return spoiler(element);
  if (entity.type === "expandable_blockquote") return expandable(element);
  return element;
}

function command(text, send) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.addEventListener("click", () => send(text));
  return button;
}

function link(address, username, send) {
  const inside = deepLink(address, username);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noreferrer noopener";
  if (inside) {
    anchor.addEventListener("click", (event) => {
      event.preventDefault();
      send(inside);
    });
  }
  return anchor;
}

function spoiler(element) {
  element.tabIndex = 0;
  element.role = "button";
  element.ariaLabel = "Hidden text; press to show it";
  const show = () => {
    element.classList.add("shown");
    element.removeAttribute("aria-label");
  };
  element.addEventListener("click", show);
  element.addEventListener("keydown", (event) => event.key === "Enter" && show());
  return element;
}

function expandable(element) {
  element.tabIndex = 0;
  element.addEventListener("click", () => element.classList.toggle("shown"));
  element.addEventListener("keydown", (event) => event.key === "Enter" && element.classList.toggle("shown"));
  return element;
}
