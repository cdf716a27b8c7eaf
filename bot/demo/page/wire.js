// The page's words with the demo.

async function answered(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.problem ?? `The demo answered ${response.status}.`);
  return body;
}

export async function ask(address) {
  return answered(await fetch(address));
}

export async function tell(address, what = {}) {
  return answered(await fetch(address, { method: "POST", body: JSON.stringify(what) }));
}

export async function hand(address, kind, file) {
  const form = new FormData();
  form.append(kind, file, file.name);
  return answered(await fetch(address, { method: "POST", body: form }));
}
