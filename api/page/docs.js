// The documents: choosing a collection, adding files, the list, removing.

import * as api from "./api.js";
import { $, el, icon, keep, recall, say, some } from "./dom.js";
import { askUser } from "./panels.js";
import { t, troubleWords } from "./words.js";

let collections = [];
let chosen = recall("localStorage", "collection") ?? "default";
let shown = [];
let next;
let act;

export const collection = () => chosen;

function note(words = "") {
	$("docs-note").textContent = words;
	$("docs-note").hidden = !words;
}

/** Do something with the service and show what is there then; what goes wrong is told. */
async function attempt(call) {
	try {
		await call?.();
		collections = await api.collections();
		if (!collections.some(({ name }) => name === chosen)) chosen = "default";
		({ documents: shown, next } = await api.documents(chosen));
		redraw();
	} catch (trouble) {
		note(troubleWords(trouble));
	}
}

function row(info) {
	const { title, source, document_id, characters } = info;
	const name = title || source;
	const open = el("button", { onclick: () => act.open(info, open) }, el("span", { class: "name" }, name),
		title && el("small", {}, source), el("small", {}, t("characters", { n: characters })));
	const label = t("removeOf", { name });
	const bin = el("button", { class: "icon", "aria-label": label, title: label }, icon("bin"));
	bin.onclick = async () => {
		const sure = await askUser({ title: label, text: t("removeText"), ok: t("remove"), grave: true });
		if (sure) await attempt(() => api.dropDocument(document_id).then(() => act.removed(document_id, name)));
	};
	return el("li", {}, open, bin);
}

export function redraw() {
	$("collection").replaceChildren(...collections.map(({ name, documents }) =>
		el("option", { value: name, selected: name === chosen || null }, `${name} (${documents})`)));
	$("drop-collection").disabled = chosen === "default";
	$("list").replaceChildren(...shown.map(row));
	$("more").hidden = !next;
	note(shown.length ? "" : t("noDocuments"));
	act.changed(shown);
}

function choose(name) {
	chosen = name;
	keep("localStorage", "collection", name);
}

async function addCollection() {
	const name = await askUser({ title: t("newCollection"), field: t("name"), ok: t("make") });
	if (name) await attempt(() => api.addCollection(name).then(() => choose(name)));
}

async function dropCollection() {
	const n = collections.find(({ name }) => name === chosen).documents;
	const sure = await askUser({
		title: t("removeOf", { name: chosen }), text: t("dropText", { n }), ok: t("remove"), grave: true });
	if (sure) await attempt(() => api.dropCollection(chosen).then(() => choose("default")));
}

/** Add files one by one, each with its progress and what became of it. */
async function add(files) {
	const into = chosen;
	for (const old of document.querySelectorAll("#uploads li:has(.flag)")) old.remove();
	const rows = [...files].map((file) => {
		const bar = el("progress", { max: 1, value: 0, "aria-label": file.name });
		const state = el("small", {}, t("waiting"));
		const item = el("li", {}, el("span", { class: "name" }, file.name), bar, state);
		$("uploads").append(item);
		return { file, bar, state, item };
	});
	for (const { file, bar, state, item } of rows) {
		const done = await api.upload(file, into, (part) => {
			if (part < 1) bar.value = part;
			else bar.removeAttribute("value");
			state.textContent = t(part < 1 ? "sending" : "reading");
		}).catch((trouble) => ({ status: "failed", error: troubleWords(trouble) }));
		const bad = done.status === "failed";
		state.textContent = some([t(done.status), done.error]).join(": ");
		state.className = bad ? "flag" : "ok";
		say(`${file.name}: ${state.textContent}`);
		bar.remove();
		if (!bad) setTimeout(() => item.remove(), 8000);
	}
	await attempt();
}

/** `acts`: `open(info, opener)`, `removed(id, name)`, `changed(list)`, `dropped()`. */
export function setUp(acts) {
	act = acts;
	const [choice, files, veil] = [$("collection"), $("files"), $("veil")];
	choice.onchange = () => attempt(async () => choose(choice.value));
	$("add-collection").onclick = addCollection;
	$("drop-collection").onclick = dropCollection;
	$("choose").onclick = () => files.click();
	files.onchange = () => {
		add([...files.files]);
		files.value = "";
	};
	$("more").onclick = async () => {
		const page = await api.documents(chosen, next).catch((trouble) => note(troubleWords(trouble)));
		if (!page) return;
		[shown, next] = [[...shown, ...page.documents], page.next];
		redraw();
	};
	ondragover = (event) => {
		if (!event.dataTransfer.types.includes("Files")) return;
		event.preventDefault();
		veil.textContent = t("dropHere", { name: chosen });
		veil.hidden = false;
	};
	ondragleave = (event) => (veil.hidden ||= !event.relatedTarget);
	ondrop = (event) => {
		if (veil.hidden) return;
		event.preventDefault();
		veil.hidden = true;
		act.dropped();
		add(event.dataTransfer.files);
	};
	attempt();
}
