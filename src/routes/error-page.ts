/** The error codes for people: the page to which every problem's `type` points, and the same for the documentation. */
import { CA_ERROR_CODES } from '../errors.js'
import { ERROR_STATUS, ERROR_TITLES } from './error-catalogue.js'
import { ERROR_MEANINGS, ERROR_REMEDIES } from './error-explanations.js'
import { escapeHtml } from './html.js'

/** `docs/errors.md`. */
export function errorsMarkdown(): string {
  const rows = CA_ERROR_CODES.map((code) => {
    return `| <a id="${code}"></a>\`${code}\` | ${ERROR_STATUS[code]} | ${ERROR_MEANINGS[code]} | ${ERROR_REMEDIES[code]} |`
  })
  return [
    '# Error codes',
    '',
    'Every refusal is an `application/problem+json` (RFC 9457) with a stable `code`, a sentence in `detail` that names field, value and remedy, and in `errors` one entry for each field at fault: `pointer` (a JSON pointer into the body, `?name` for a query parameter, or a header’s name), `value` where it may be shown (at most 100 characters, control characters escaped), `rule`, `remedy`. `instance` is what the operator finds in the log.',
    '',
    '| code | status | meaning | what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

/** `/docs/errors`: HTML without scripts and styles. */
export function errorsHtml(): string {
  const entries = CA_ERROR_CODES.map((code) => {
    const [title, meaning, remedy] = [ERROR_TITLES[code], ERROR_MEANINGS[code], ERROR_REMEDIES[code]].map(escapeHtml)
    return `<h2 id="${code}">${code} <small>${ERROR_STATUS[code]}</small></h2><p><b>${title}.</b> ${meaning}</p><p>${remedy}</p>`
  })
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Error codes</title><h1>Error codes</h1>${entries.join('\n')}</html>\n`
}
