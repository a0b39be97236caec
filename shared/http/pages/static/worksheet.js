// The worksheet saves itself: each change at once, one request at a time, several changes in one request.
// What was typed stays in this browser until the service has it, also over a dead network, an expired session and a
// reload; it goes when it was saved, at log-out, and after a week. Without this script the area's button saves.
"use strict";

(() => {
  const form = document.getElementById("lembar");
  if (!form) return;
  const { save, progress, login, prefix, place } = form.dataset;
  const QUICK = 0, TYPING = 800, QUIET = 1500, SUMS = 700, PATIENCE = 20000, FIRST_WAIT = 2000, LONGEST_WAIT = 30000; // ms
  const KEPT_MS = 7 * 24 * 3600 * 1000, MOST = 113;
  const blocks = [...form.querySelectorAll("article[data-code]")];
  const blockOf = (code) => document.getElementById(code);
  const state = document.getElementById("simpan");
  const token = form.elements.csrf.value;
  const seen = Number(form.elements.version.value);
  const waiting = new Map(); // by code: { answer, base, at, held: "" | "two" | "refused", theirs }
  const base = new Map(blocks.map((block) => [block.dataset.code, seen]));
  let sending, timer, slow, sums, tries = 0, trouble = "", told = "", isStored = true, savedAt = "";

  // ---- What a block says, and back ----
  const parts = (block) => [...block.querySelectorAll("[name]")].map((field) => [field.name.split(":")[0], field]);
  const read = (block) => {
    const answer = { item_code: block.dataset.code, evidence_ids: [] };
    const counts = {};
    let isBlanked = false;
    for (const [part, field] of parts(block)) {
      const text = field.value.trim();
      if (part === "letter" && field.checked) answer.letter = text;
      else if (part === "index" && text) answer.index = text;
      else if (/^n\d$/.test(part) && text) counts[part] = text;
      else if (part === "note" && text) answer.note = text;
      else if (part === "reason" && text) answer.reason = text;
      else if (part === "evidence" && field.checked) answer.evidence_ids.push(field.value);
      else if (part === "blank") isBlanked = field.checked;
    }
    if (Object.keys(counts).length) answer.inputs = counts;
    if (isBlanked) for (const part of ["letter", "index", "inputs"]) delete answer[part];
    else delete answer.reason;
    return [answer, isBlanked];
  };
  const fill = (block, answer) => {
    const isBlanked = Boolean(answer.reason) && !answer.letter && !answer.index && !answer.inputs;
    for (const [part, field] of parts(block)) {
      if (part === "letter") field.checked = field.value === answer.letter;
      else if (part === "evidence") field.checked = (answer.evidence_ids ?? []).includes(field.value);
      else if (part === "blank") field.checked = isBlanked;
      else if (part === "index") field.value = (answer.index ?? "").replace(".", ",");
      else if (/^n\d$/.test(part)) field.value = answer.inputs?.[part] ?? "";
      else if (part === "note" || part === "reason") field.value = answer[part] ?? "";
    }
  };
  const isSame = (one, other) => {
    const plain = (answer) => JSON.stringify([
      answer.letter ?? "", (answer.index ?? "").replace(",", "."), (answer.note ?? "").trim(),
      Object.entries(answer.inputs ?? {}).map(([key, value]) => `${key}=${value}`).sort(),
      [...(answer.evidence_ids ?? [])].sort(),
    ]);
    return plain(one) === plain(other);
  };
  const words = (answer) => {
    const counts = Object.entries(answer.inputs ?? {}).map(([key, value]) => `${key} = ${value}`).join(", ");
    const value = answer.letter || (answer.index ?? "").replace(".", ",") || counts || "kosong";
    const note = answer.note ? ` «${answer.note}»` : "";
    const proofs = (answer.evidence_ids ?? []).length;
    return `${value}${note}${proofs ? `, ${proofs} bukti` : ""}`;
  };

  // ---- What stays in this browser ----
  const keep = (code) => {
    const { answer, base: from, at } = waiting.get(code);
    try {
      localStorage.setItem(prefix + code, JSON.stringify({ answer, base: from, at }));
      isStored = true;
    } catch {
      isStored = false; // full, or switched off: the page says so and asks before it goes
    }
  };
  const forget = (code) => {
    waiting.delete(code);
    try { localStorage.removeItem(prefix + code); } catch { /* nothing was kept */ }
  };
  const kept = () => {
    const found = [];
    let keys = [];
    try { keys = Object.keys(localStorage).filter((key) => key.startsWith("zi-lembar/")); } catch { /* no store */ }
    for (const key of keys) {
      try {
        const one = JSON.parse(localStorage.getItem(key));
        if (!(Date.now() - one.at < KEPT_MS)) localStorage.removeItem(key);
        else if (key.startsWith(prefix)) found.push([key.slice(prefix.length), one]);
      } catch { /* what cannot be read is not ours */ }
    }
    return found;
  };

  // ---- What the page says ----
  const clock = () => new Date().toLocaleTimeString("id-ID", { hour: "2-digit", minute: "2-digit" });
  const mark = (code, kind, text) => {
    const line = blockOf(code)?.querySelector(".saved");
    if (!line) return;
    line.className = `saved ${kind}`;
    line.textContent = text;
  };
  const areaOf = (code) => (code[0] === "B" ? "hasil" : code.split(".")[2]);
  const say = () => {
    const held = [...waiting].filter(([, one]) => one.held);
    const open = waiting.size - held.length;
    const many = `${open} jawaban`;
    const safe = isStored ? `${many} aman di perangkat ini` : `${many} belum tersimpan; jangan tutup halaman ini`;
    let text = savedAt ? `● Semua tersimpan pukul ${savedAt}` : "";
    let kind = "good", link;
    if (trouble === "network" && open) [kind, text] = ["warn", `▲ Jaringan putus. ${safe} dan dikirim begitu tersambung.`];
    else if (trouble === "session") {
      [kind, text, link] = ["warn", `▲ Sesi Anda berakhir. ${safe}.`, [login, "Masuk lagi"]];
    } else if (trouble) [kind, text] = ["bad", `■ ${trouble}${open ? ` ${safe}.` : ""}`];
    else if (held.length) {
      const [code, one] = held[0];
      const what = one.held === "two" ? "diubah dua orang" : "belum diterima";
      [kind, text, link] = ["bad", `■ ${held.length} butir ${what}.`, [`${place}/${areaOf(code)}#${code}`, code]];
    } else if (open) {
      const oldest = Math.min(...[...waiting.values()].map((one) => one.at));
      if (Date.now() - oldest < QUIET) { // what is saved at once is not worth a word
        clearTimeout(slow);
        slow = setTimeout(say, QUIET);
        return;
      }
      [kind, text] = ["warn", `▲ ${open} belum tersimpan`];
    }
    if (text === told) return;
    told = text;
    state.className = kind;
    state.textContent = text;
    if (link) {
      const a = document.createElement("a");
      [a.href, a.textContent] = link;
      state.append(" ", a);
    }
  };
  const faults = (block, found) => {
    const slot = block.querySelector(".error");
    slot.hidden = !found.length;
    slot.textContent = found.map(([, message]) => message).join(" ");
    const wrong = new Set(found.map(([part]) => part));
    for (const [part, field] of parts(block)) {
      if (wrong.has(part)) {
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", slot.id);
      } else if (field.getAttribute("aria-invalid")) {
        field.removeAttribute("aria-invalid");
        field.removeAttribute("aria-describedby");
      }
    }
    if (wrong.has("reason")) block.querySelector(".emptying").open = true;
  };

  // ---- Two versions of one item ----
  const show = (code) => {
    const one = waiting.get(code), block = blockOf(code);
    if (!block) return;
    block.querySelector(".two-versions")?.remove();
    const notice = document.getElementById("dua").content.firstElementChild.cloneNode(true);
    notice.querySelector("[data-mine]").textContent = words(one.answer);
    notice.querySelector("[data-theirs]").textContent = words(one.theirs);
    notice.querySelector("[data-by]").textContent = one.theirs.by;
    notice.addEventListener("click", ({ target }) => {
      if (target.dataset.pick === "mine") {
        Object.assign(one, { base: one.theirs.version, held: "", theirs: undefined });
        notice.remove();
        block.focus();
        keep(code);
        hurry(QUICK);
      } else if (target.dataset.pick === "theirs") {
        forget(code);
        window.location.hash = code;
        window.location.reload(); // what else waits is kept, and comes back with the page
      }
    });
    block.querySelector("h4").after(notice);
    mark(code, "bad", "■ Dua versi, belum dipilih");
  };

  // ---- Sending ----
  const hurry = (ms) => {
    say();
    clearTimeout(timer);
    timer = setTimeout(flush, ms);
  };
  const changed = (block, ms) => {
    const code = block.dataset.code, [answer, isBlanked] = read(block), before = waiting.get(code);
    const one = { answer, base: before?.base ?? base.get(code), at: Date.now(), held: "" };
    if (before?.held === "two") Object.assign(one, { held: "two", theirs: before.theirs });
    waiting.set(code, one);
    keep(code);
    if (one.held) show(code);
    else if (isBlanked && !answer.reason) {
      one.held = "refused";
      faults(block, [["reason", block.querySelector(".emptying").dataset.why]]);
      mark(code, "bad", "■ Belum tersimpan: alasan belum ditulis");
    } else {
      faults(block, []);
      mark(code, "warn", "▲ Belum tersimpan");
    }
    hurry(trouble === "network" ? Math.max(ms, FIRST_WAIT) : ms);
  };
  const later = (after) => {
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries++);
    hurry(Math.max(after * 1000, wait * (0.5 + Math.random() / 2)));
  };
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

  const flush = async () => {
    if (sending?.isUnderWay) return;
    if (!sending) {
      const ready = [...waiting].filter(([, one]) => !one.held);
      if (!ready.length) return;
      const from = ready[0][1].base;
      const batch = ready.filter(([, one]) => one.base === from).slice(0, MOST);
      sending = { key: fresh(), from, batch }; // sent again as it is: the service knows its key
    }
    sending.isUnderWay = true;
    const { key, from, batch } = sending;
    let answer, told;
    try {
      answer = await fetch(save, {
        method: "POST",
        headers: {
          "Content-Type": "application/json", Accept: "application/json", "If-Match": `"${from}"`,
          "Idempotency-Key": key, "X-CSRF-Token": token,
        },
        body: JSON.stringify({ answers: batch.map(([, one]) => one.answer) }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      told = await answer.json();
    } catch {
      sending.isUnderWay = false;
      trouble = "network";
      for (const [code] of batch) mark(code, "warn", "▲ Jaringan putus. Jawaban aman di perangkat ini.");
      later(0);
      return;
    }
    if (answer.status === 429 || answer.status >= 500) {
      sending.isUnderWay = false;
      trouble = "Layanan sedang sibuk.";
      later(Number(answer.headers.get("Retry-After")) || 0);
      return;
    }
    sending = undefined;
    trouble = "";
    tries = 0;
    if (answer.ok) settled(batch, told);
    else if (answer.status === 412 && stale(batch, told)) { /* shown beside what was typed */ }
    else if (answer.status === 422 && told.errors?.length) refused(batch, told.errors);
    else {
      trouble = answer.status === 401 ? "session" : told.detail;
      say();
      return;
    }
    hurry(QUICK);
  };

  const settled = (batch, told) => {
    savedAt = clock();
    for (const [code, one] of batch) {
      base.set(code, told.version);
      const now = waiting.get(code);
      if (now !== one) { // changed again on its way
        now.base = told.version;
        keep(code);
        continue;
      }
      forget(code);
      const block = blockOf(code), item = told.items[code];
      if (!block) continue;
      block.dataset.version = told.version;
      block.querySelector(".sum").textContent = item.sum;
      const list = block.querySelector(".warnings");
      list.replaceChildren(...item.warnings.map((text) => {
        const line = document.createElement("li");
        line.textContent = `▲ ${text}`;
        return line;
      }));
      list.hidden = !item.warnings.length;
      renew(item.texts ?? {});
      if (!one.answer.letter && !one.answer.index && !one.answer.inputs) clear(block);
      mark(code, "good", `● Tersimpan pukul ${savedAt} oleh Anda`);
    }
    clearTimeout(sums);
    sums = setTimeout(recount, SUMS);
  };
  const clear = (block) => { // what was blanked shows no letter, and the next reason is another one
    for (const [part, field] of parts(block)) {
      if (part === "letter" || part === "blank") field.checked = false;
      else if (part === "reason" || part === "index" || /^n\d$/.test(part)) field.value = "";
    }
    block.querySelector(".emptying").open = false;
  };
  const stale = (batch, told) => { // tells whether another try can do better
    if (!batch.some(([code]) => told.theirs?.[code])) return false;
    for (const [code, one] of batch) {
      const theirs = told.theirs?.[code], now = waiting.get(code);
      if (!theirs || !now) continue;
      if (isSame(theirs, now.answer)) {
        base.set(code, theirs.version);
        forget(code);
        mark(code, "good", `● Tersimpan ${theirs.by}`);
        continue;
      }
      Object.assign(now, { held: "two", theirs });
      show(code);
    }
    return true;
  };
  const refused = (batch, errors) => {
    const found = new Map();
    for (const { field, message } of errors) {
      const [, at, part, key] = field.split(".");
      const code = batch[Number(at)]?.[0];
      if (!code) continue;
      found.set(code, [...(found.get(code) ?? []), [key ?? part, message]]);
    }
    if (!found.size) {
      trouble = errors[0].message;
      return;
    }
    for (const [code, list] of found) {
      const now = waiting.get(code);
      if (now !== batch.find(([other]) => other === code)[1]) continue;
      now.held = "refused";
      if (blockOf(code)) faults(blockOf(code), list);
      mark(code, "bad", "■ Belum tersimpan");
    }
  };
  const renew = (texts) => { // by element id, `id@attribute` for an attribute
    for (const [key, text] of Object.entries(texts)) {
      const [id, attribute] = key.split("@"), part = document.getElementById(id);
      if (part && attribute) part.setAttribute(attribute, text);
      else if (part && part.textContent !== text) part.textContent = text;
    }
  };
  const recount = async () => {
    try {
      const answer = await fetch(progress, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      renew((await answer.json()).texts);
    } catch { /* the sums are told again after the next answer */ }
  };

  // ---- What people do ----
  const within = (node) => node.closest?.("article[data-code]");
  form.addEventListener("input", ({ target }) => {
    const block = within(target);
    if (!block || !target.name) return;
    const isWritten = target.matches("textarea, input:not([type=radio], [type=checkbox])");
    if (target.name.startsWith("letter:")) { // a new letter is the opposite of blanking
      const blank = block.querySelector("[name^='blank:']");
      if (blank) blank.checked = false;
    }
    changed(block, isWritten ? TYPING : QUICK);
  });
  form.addEventListener("change", ({ target }) => { if (within(target) && waiting.size) hurry(QUICK); });
  form.addEventListener("submit", (event) => {
    const by = event.submitter;
    event.preventDefault();
    const block = by && within(by);
    if (block && by.name === "fakta") {
      fill(block, { ...read(block)[0], letter: undefined, index: undefined, inputs: undefined, ...JSON.parse(by.dataset.answer) });
      changed(block, QUICK);
    } else if (by?.dataset.href) {
      hurry(QUICK);
      leave(by.dataset.href);
    } else hurry(QUICK);
  });
  const leave = async (href) => { // what the network does not take now is kept, and sent by the next page
    const until = Date.now() + 3000;
    await new Promise((go) => setTimeout(go, 0));
    while (sending && !trouble && Date.now() < until) await new Promise((go) => setTimeout(go, 50));
    window.location.assign(href);
  };
  window.addEventListener("online", () => { trouble = ""; tries = 0; hurry(QUICK); });
  window.addEventListener("focus", () => { if (trouble === "session" || trouble === "network") { trouble = ""; hurry(QUICK); } });
  window.addEventListener("beforeunload", (event) => { if (waiting.size && !isStored) event.preventDefault(); });

  // ---- Keys ----
  const keys = document.getElementById("tombol");
  const KEYS = "zi-tombol";
  let last = blocks[0];
  try { keys.checked = localStorage.getItem(KEYS) !== "mati"; } catch { /* as the page came */ }
  keys.addEventListener("change", () => {
    try { localStorage.setItem(KEYS, keys.checked ? "hidup" : "mati"); } catch { /* for this page alone */ }
  });
  const go = (block) => {
    if (!block) return;
    last = block;
    block.focus();
    block.scrollIntoView({ block: "start" });
  };
  document.addEventListener("focusin", ({ target }) => { last = within(target) ?? last; });
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const isField = target.matches?.("textarea, select, input:not([type=radio], [type=checkbox])");
    if (key === "Escape" && isField && within(target)) {
      within(target).focus();
      return;
    }
    if (!keys.checked || isField || event.ctrlKey || event.metaKey || event.altKey || !last) return;
    const small = key.toLowerCase(), here = within(target);
    if (small === "j" || small === "k") {
      go(here ? blocks[blocks.indexOf(here) + (small === "j" ? 1 : -1)] : last);
    } else if (small === "n") {
      last.querySelector("[name^='note:']")?.focus();
    } else {
      const choices = [...last.querySelectorAll("[name^='letter:']")];
      const first = last.querySelector("[name^='n'][inputmode], [name^='index:']");
      if (!choices.length && /^\d$/.test(key) && first) {
        first.focus(); // and the digit is typed there
        first.select();
        return;
      }
      const chosen = /^[1-5]$/.test(key) ? choices[Number(key) - 1] : choices.find((one) => one.value[0].toLowerCase() === small);
      if (!chosen || small.length !== 1) return;
      chosen.focus();
      if (!chosen.checked) chosen.click();
    }
    event.preventDefault();
  });

  // ---- At the beginning ----
  for (const [code, one] of kept()) {
    const block = blockOf(code), now = { ...one, held: "" };
    if (block) {
      const [stored] = read(block);
      if (isSame(stored, one.answer) && !one.answer.reason) {
        forget(code);
        continue;
      }
      if (Number(block.dataset.version) > one.base) {
        Object.assign(now, { held: "two", theirs: { ...stored, version: seen, by: block.dataset.by } });
      } else now.base = seen;
      fill(block, one.answer);
      mark(code, "warn", "▲ Belum tersimpan");
    }
    waiting.set(code, now);
    if (now.held) show(code);
  }
  for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-without-script]")) part.hidden = true;
  if (waiting.size) hurry(QUICK);
})();
