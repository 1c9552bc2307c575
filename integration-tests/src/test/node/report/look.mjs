// Usage: node look.mjs BROWSER PAGE. Prints one JSON object a view: what a person would see of the page there.
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const [executablePath, page] = process.argv.slice(2);
const address = pathToFileURL(page).href;
// containers run as root, where the browser's sandbox cannot start
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  for (const width of [1280, 390]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const javaScriptEnabled of [true, false]) {
        console.log(JSON.stringify(await look({ width, colorScheme, javaScriptEnabled })));
      }
    }
  }
} finally {
  await browser.close();
}

async function look({ width, colorScheme, javaScriptEnabled }) {
  const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme, javaScriptEnabled });
  const tab = await context.newPage();
  const complaints = [];
  const requests = [];
  tab.on("console", (message) => complaints.push(message.text()));
  tab.on("pageerror", (error) => complaints.push(error.message));
  tab.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) requests.push(request.url());
  });
  await tab.goto(address);
  const seen = await tab.evaluate(() => {
    const channel = (text) => text.match(/[\d.]+/g).slice(0, 3).map(Number);
    const light = (text) => {
      const [r, g, b] = channel(text).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = light(getComputedStyle(document.body).backgroundColor);
    const contrast = (element) => {
      const style = getComputedStyle(element);
      const ink = light(element.closest("svg") ? style.fill : style.color);
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    };
    const texts = [...document.querySelectorAll("h1, h2, h3, p, li, a, th, td, figcaption, small, .tick, .title")];
    return {
      paper,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      leastContrast: Math.min(...texts.map(contrast)),
      smallestText: Math.min(...[...document.querySelectorAll("svg.chart text")].map((t) => t.getBoundingClientRect().height)),
      pictures: [...document.images].filter((image) => image.naturalWidth > 0).length,
      unnamed: [...document.querySelectorAll("svg")].filter((s) => !s.getAttribute("aria-label") && s.getAttribute("aria-hidden") !== "true").length,
    };
  });
  seen.tip = "";
  if (javaScriptEnabled) {
    const point = tab.locator("svg.scatter circle").first();
    await point.scrollIntoViewIfNeeded();
    const box = await point.boundingBox();
    await tab.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    seen.tip = await tab.locator("#tip").innerText();
  }
  await context.close();
  return { width, colorScheme, javaScriptEnabled, complaints, requests, ...seen };
}
