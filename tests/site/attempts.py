"""Ways in which a page could load something from another host, or execute something."""

HOST = "http://outside.example/x"
_GUESS = f'{{"prefetch": [{{"urls": ["{HOST}"]}}]}}'
_FONT = f"@font-face {{ font-family: a; src: url({HOST}) }} p {{ font: 1em a }}"
_IMPORT = f'{{"imports": {{"x": "{HOST}.js"}}}}'
LOADS = [
    f'<img src="{HOST}">',
    f'<img src="a b.svg" srcset="a%20b.svg 1x, {HOST} 2x">',
    f'<picture><source srcset="{HOST} 2x"><img src="a%20b.svg"></picture>',
    '<img src="//outside.example/x">',
    '<img src="\\\\outside.example/x">',
    '<img src="ht\ntp://outside.example/x">',
    '<img src="&#104;ttp://outside.example/x">',
    '<img src="https:outside.example/x">',
    f'<IMG SRC="{HOST}">',
    f'<script src="{HOST}.js"></script>',
    f'<script type="module" src="{HOST}.js"></script>',
    f'<script>fetch("{HOST}")</script>',
    f'<script type="importmap">{_IMPORT}</script>',
    f'<script type="speculationrules">{_GUESS}</script>',
    f'<link rel="stylesheet" href="{HOST}.css">',
    f'<link rel="alternate stylesheet" title="a" href="{HOST}.css">',
    f'<link rel="preconnect" href="{HOST}">',
    f'<link rel="prefetch" href="{HOST}">',
    f'<link rel="dns-prefetch" href="{HOST}">',
    f'<link rel="preload" as="image" href="{HOST}" imagesrcset="{HOST} 2x">',
    f'<link rel="modulepreload" href="{HOST}.js">',
    f'<link rel="manifest" href="{HOST}">',
    f'<link rel="icon" href="{HOST}">',
    f'<iframe src="{HOST}"></iframe>',
    f"<iframe srcdoc=\"<img src='{HOST}'>\"></iframe>",
    f'<object data="{HOST}"></object>',
    f'<embed src="{HOST}">',
    f'<video poster="{HOST}"></video>',
    f'<video autoplay><source src="{HOST}"><track default src="{HOST}"></video>',
    f'<audio autoplay src="{HOST}"></audio>',
    f'<input type="image" src="{HOST}">',
    f'<p style="background: url({HOST})">x</p>',
    f"<p style=\"background: url('{HOST}')\">x</p>",
    f"<p style=\"background: image-set('{HOST}' 1x)\">x</p>",
    f"<style>p {{ background: url({HOST}) }}</style>",
    f"<style>@import '{HOST}.css';</style>",
    f"<style>p {{ background: image-set('{HOST}' 1x) }}</style>",
    f"<style>{_FONT}</style>",
    f'<svg><image href="{HOST}"/></svg>',
    f'<svg><use xlink:href="{HOST}#a"/></svg>',
    f'<svg><filter id="f"><feImage href="{HOST}"/></filter></svg>',
    f'<table background="{HOST}"></table>',
    f'<template shadowrootmode="open"><img src="{HOST}"></template>',
]
# What a browser does only once a reader acts, or as soon as the page is there.
LEADS = [
    f'<meta http-equiv="refresh" content="0; url={HOST}">',
    f'<base href="{HOST}">',
    f'<a href="#" ping="{HOST}">x</a>',
    f'<form action="{HOST}"><button>x</button></form>',
    f'<form><button formaction="{HOST}">x</button></form>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="data:text/html,x">x</a>',
]
EXECUTED = [
    "<script>window.hit = 1</script>",
    "<SCRIPT>window.hit = 1</SCRIPT >",
    '<img src="x" onerror="window.hit = 1">',
    '<svg onload="window.hit = 1"></svg>',
    "<svg><script>window.hit = 1</script></svg>",
    '<details open ontoggle="window.hit = 1">x</details>',
    '<iframe srcdoc="<script>parent.hit = 1</script>"></iframe>',
    '<iframe src="javascript:parent.hit = 1"></iframe>',
    '<script src="data:text/javascript,window.hit = 1"></script>',
]
# In a script of the site itself.
ASKED = [
    f"fetch('{HOST}')",
    f"new Promise((d) => {{ const x = new XMLHttpRequest(); x.open('GET', '{HOST}');"
    " x.onloadend = d; x.send(); })",
    f"navigator.sendBeacon('{HOST}')",
    f"new EventSource('{HOST}')",
    "new WebSocket('ws://outside.example/x')",
    f"import('{HOST}.js')",
    f"new Image().src = '{HOST}'",
    f"new Worker(URL.createObjectURL(new Blob([\"fetch('{HOST}')\"])))",
    "document.body.append(Object.assign(document.createElement('script'),"
    f" {{src: '{HOST}'}}))",
    "setTimeout('window.hit = 1')",
]
