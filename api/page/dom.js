// The only place where elements are made: what comes from outside enters as text, never as markup.

export const $ = (id) => document.getElementById(id);

/** An element. `on…` are listeners; false and null are left out; strings become text. */
export function el(tag, props = {}, ...children) {
	const node = document.createElement(tag);
	if (tag === "button") node.type = tag;
	for (const [name, value] of Object.entries(props)) {
		if (name.startsWith("on")) node[name] = value;
		else if (value !== false && value != null) node.setAttribute(name, value);
	}
	node.append(...some(children.flat()));
	return node;
}

export const some = (list) => list.filter(Boolean);

export function icon(name) {
	const [svg, use] = ["svg", "use"].map((tag) =>
		document.createElementNS("http://www.w3.org/2000/svg", tag));
	use.setAttribute("href", `#i-${name}`);
	svg.append(use);
	return svg;
}

/** Say something to screen readers, once. */
export const say = (words) => ($("says").textContent = words);

/** What was kept in a storage area; null where the browser allows none. */
export function recall(area, name) {
	try {
		return window[area].getItem(name);
	} catch {
		return null;
	}
}

export function keep(area, name, value) {
	try {
		window[area].setItem(name, value);
	} catch {
		// full or not allowed: it lasts as long as the page
	}
}
