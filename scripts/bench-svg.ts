/** Plots as SVG files that stand for themselves, in the docs. */
import { writeFileSync } from 'node:fs'

/** The variables that a page would set, in its light and its dark form. */
const STYLE = `<style>
:root { --text: #1c2430; --faint: #8b95a3; --grid: #e3e7ec; --own: #0b62c4; --second: #5fa8f5;
  --third: #2c8c4a; --fourth: #a06a00; --fifth: #8a5bb8; --bad: #c8322f }
@media (prefers-color-scheme: dark) { :root { --text: #e4e9f0; --faint: #7c8796; --grid: #2a323d;
  --own: #6db3ff; --second: #2f6fb3; --third: #63c583; --fourth: #e0a83c; --fifth: #b794dd; --bad: #ff7b72 } }
</style>`

/** Answers the name. */
export function write(name: string, svg: string): string {
  const text = svg.replace(/^<svg [^>]*>/, (head) => `${head}${STYLE}`)
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), `${text}\n`)
  return name
}
