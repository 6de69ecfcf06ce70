// What opens over or beside the talk: two panels, a dialog, the tip at a mark. Where the window is
// narrow an open panel covers everything, and the rest cannot be reached meanwhile.

import { $, el } from "./dom.js";
import { t } from "./words.js";

const narrow = matchMedia("(max-width: 63.99rem)");
const PANELS = ["source", "docs"]; // the upper one first
const openers = {};
const closings = {};

export const isNarrow = () => narrow.matches;
const isOpen = (name) => !$(name).hidden;

function settle() {
	const over = isNarrow() && PANELS.find(isOpen);
	for (const part of ["top", "main", ...PANELS]) $(part).inert = over && part !== over;
	$("show-docs").setAttribute("aria-expanded", isOpen("docs"));
}

/** `opener` gets the focus back; `closing` is called when it closes or shows something else. */
export function openPanel(name, opener, closing) {
	closings[name]?.();
	[openers[name], closings[name]] = [opener, closing];
	$(name).hidden = false;
	settle();
}

export function closePanel(name) {
	const focused = $(name).contains(document.activeElement);
	$(name).hidden = true;
	closings[name]?.();
	closings[name] = null;
	settle();
	if (focused) (openers[name]?.checkVisibility() ? openers[name] : $("question")).focus();
}

/** What Escape does. */
export function closeTop() {
	const name = PANELS.find((panel) => isOpen(panel) && (isNarrow() || panel === "source"));
	if (name) closePanel(name);
}

narrow.onchange = () => {
	if (isNarrow()) closePanel("docs");
	settle();
};

/** Ask for a word (with `field`) or a yes; null when the user does not want to. */
export function askUser({ title, text = "", field, secret, ok, grave }) {
	const dialog = $("dialog");
	const [form, p, label, span, input] =
		["form", "p", "label", "span", "input"].map((tag) => dialog.querySelector(tag));
	const [cancel, accept] = dialog.querySelectorAll("button");
	$("dialog-title").textContent = title;
	p.textContent = text;
	label.hidden = !field;
	span.textContent = field;
	input.type = secret ? "password" : "text";
	input.required = Boolean(field);
	input.value = "";
	accept.textContent = ok;
	accept.classList.toggle("grave", Boolean(grave));
	dialog.showModal();
	(field ? input : cancel).focus();
	return new Promise((resolve) => {
		form.onsubmit = (event) => {
			event.preventDefault();
			resolve(field ? input.value.trim() : true);
			dialog.close();
		};
		cancel.onclick = () => dialog.close();
		dialog.onclose = () => resolve(null);
	});
}

// The tip: a quote, on pointing at its mark or focusing it.

const tip = $("tip");
let owner;
let leaving;

/** Whether there was one to hide. */
export function hideTip() {
	clearTimeout(leaving);
	owner?.removeAttribute("aria-describedby");
	owner = null;
	return !tip.hidden && (tip.hidden = true);
}

function showTip(mark, citation) {
	hideTip();
	owner = mark;
	tip.replaceChildren(
		el("q", {}, citation.cited_text),
		el("p", { class: "soft" }, citation.title || citation.source),
		citation.verified ? "" : el("p", { class: "flag" }, t("unverified")));
	tip.hidden = false;
	mark.setAttribute("aria-describedby", "tip");
	const [at, box] = [mark.getBoundingClientRect(), tip.getBoundingClientRect()];
	const left = Math.min(at.left + at.width / 2 - box.width / 2, innerWidth - box.width - 8);
	const fits = at.bottom + box.height + 16 < innerHeight;
	tip.style.left = `${Math.max(8, left)}px`;
	tip.style.top = `${fits ? at.bottom + 8 : Math.max(8, at.top - box.height - 8)}px`;
}

const leave = () => (leaving = setTimeout(hideTip, 160));

/** It can be pointed at itself, and Escape hides it. */
export function giveTip(mark, citation) {
	mark.onpointerover = (event) => event.pointerType === "mouse" && showTip(mark, citation);
	mark.onpointerout = leave;
	mark.onfocus = () => mark.matches(":focus-visible") && showTip(mark, citation);
	mark.onblur = leave;
}

tip.onpointerenter = () => clearTimeout(leaving);
tip.onpointerleave = hideTip;
