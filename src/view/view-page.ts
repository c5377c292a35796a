import { resolve } from 'node:path';
import { escapeHtml } from './html-page.js';
import type { Root } from './roots.js';

/** The page of `view`; what it shows its script asks for. */
export function viewPage(roots: readonly Root[]): string {
  const name = roots.length === 1 ? resolve(roots[0]!.path) : `${roots.length} paths`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>sotto view</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
</head>
<body class="view-page">
<header>
<button type="button" id="menu" aria-expanded="false" aria-controls="side">Files</button>
<h1>sotto <span class="faint">${escapeHtml(name)}</span></h1>
<span class="space"></span>
<span id="live" class="live" role="status"></span>
<div id="switches" class="bar"></div>
</header>
<div class="columns">
<nav id="side" aria-label="Files">
<input id="search" type="search" placeholder="Search ( / )" aria-label="Search files" aria-controls="tree" autocomplete="off" spellcheck="false">
<p id="found" class="faint" role="status"></p>
<div id="tree" role="tree" aria-label="Files" aria-multiselectable="true"></div>
</nav>
<main id="main"><noscript>This page draws with JavaScript, which is switched off.</noscript></main>
</div>
<script src="/uplot.js"></script>
<script src="/view.js"></script>
</body>
</html>
`;
}
