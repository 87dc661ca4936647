/** The table of settings for people: on the console and in the README. */
import { SETTING_DESCRIPTIONS } from './settings.js'

/** Columns of a terminal that nobody has narrower. */
const COLUMNS = 100
const INDENT = '      '

/** For `--help`: each setting with its default, what a value means, and what it does. */
export function configHelp(): string {
  return SETTING_DESCRIPTIONS.map((s) => `  ${s.name}=${s.fallback ?? ''}\n${wrap(`${s.unit}. ${s.doc}`)}`).join('\n')
}

/** The same as a Markdown table, which README holds. */
export function configMarkdown(): string {
  const rows = SETTING_DESCRIPTIONS.map(
    (s) => `| \`${s.name}\` | ${s.fallback === undefined ? '' : `\`${s.fallback}\``} | ${s.unit} | ${s.doc} |`,
  )
  return ['| variable | default | value | meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

function wrap(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && INDENT.length + line.length + 1 + word.length > COLUMNS) {
      lines.push(INDENT + line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, INDENT + line, ''].join('\n')
}
