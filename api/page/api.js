// The calls of the service. Knows HTTP, keys and events; shows nothing.

import { keep, recall } from "./dom.js";

/** What went wrong, as the service says; `type` can also be `network`. */
export class Trouble extends Error {
	constructor(error, status) {
		super(error.message);
		Object.assign(this, error, { status });
	}
}

const unreachable = () => new Trouble({ type: "network" });

let key = recall("sessionStorage", "key");
let typing = null; // one question for all waiting calls
let askForKey;

/** `ask(again)` gives the key that the user types, or null. */
export const onKeyNeeded = (ask) => (askForKey = ask);

const headers = (more) => ({ ...more, ...(key && { Authorization: `Bearer ${key}` }) });

/** The response's error; or null, when there now is another key than `used`. */
async function refused(status, text, used) {
	if (status === 401) {
		typing ??= key === used ? askForKey(Boolean(used)) : Promise.resolve(key);
		key = (await typing) ?? key;
		typing = null;
		keep("sessionStorage", "key", key ?? "");
		if (key !== used) return null;
	}
	try {
		return new Trouble(JSON.parse(text).error, status);
	} catch {
		return new Trouble({ type: "internal" }, status);
	}
}

async function call(path, method = "GET", json, signal) {
	const used = key;
	const type = json && { "Content-Type": "application/json" };
	const response = await fetch(path, {
		method, signal, headers: headers(type), body: JSON.stringify(json),
	}).catch((error) => {
		throw signal?.aborted ? error : unreachable();
	});
	if (response.ok) return response;
	const trouble = await refused(response.status, await response.text(), used);
	if (trouble) throw trouble;
	return call(path, method, json, signal);
}

const read = async (path) => (await call(path)).json();
const document = (id) => `v1/documents/${id}`;

export const collections = async () => (await read("v1/collections")).collections;
export const addCollection = (name) => call("v1/collections", "POST", { name });
export const dropCollection = (name) => call(`v1/collections/${encodeURIComponent(name)}`, "DELETE");
export const documents = (collection, after) =>
	read(`v1/documents?${new URLSearchParams({ limit: 50, collection, ...(after && { after }) })}`);
export const readDocument = (id) => read(document(id));
export const dropDocument = (id) => call(document(id), "DELETE");
export const standing = (citation) => read(`v1/citations/${citation}`);

/** The events of an answer as they come, `[name, data]`, the last one `final`. */
export async function* ask(question, signal) {
	const response = await call("v1/ask", "POST", { ...question, stream: true }, signal);
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	for (let buffer = ""; ; ) {
		const { done, value } = await reader.read().catch((error) => {
			throw signal.aborted ? error : unreachable();
		});
		if (done) throw unreachable();
		const blocks = (buffer + value).split(/\r?\n\r?\n/);
		buffer = blocks.pop();
		for (const block of blocks) {
			const [, name, data] = /^event: ?(.*)\r?\ndata: ?(.*)$/m.exec(block) ?? [];
			if (name === "error") throw new Trouble(JSON.parse(data).error);
			if (name) yield [name, JSON.parse(data)];
			if (name === "final") return;
		}
	}
}

/** Add a file; `progress` is called with 0 to 1, which fetch could not tell. */
export async function upload(file, collection, progress) {
	const used = key;
	const form = new FormData();
	form.append("collection", collection);
	form.append("files", file);
	const request = new XMLHttpRequest();
	request.open("POST", "v1/documents");
	for (const header of Object.entries(headers())) request.setRequestHeader(...header);
	request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
	await new Promise((done, failed) => {
		request.onload = done;
		request.onerror = () => failed(unreachable());
		request.send(form);
	});
	if (request.status === 200) return JSON.parse(request.responseText).documents[0];
	const trouble = await refused(request.status, request.responseText, used);
	if (trouble) throw trouble;
	return upload(file, collection, progress);
}
