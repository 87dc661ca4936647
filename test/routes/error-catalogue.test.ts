import t from 'tap'
import { CA_ERROR_CODES } from '../../src/errors.js'
import { ERROR_STATUS, ERROR_TITLES, errorType } from '../../src/routes/error-catalogue.js'
import { ERROR_MEANINGS, ERROR_REMEDIES } from '../../src/routes/error-explanations.js'

t.test('every code has a status of the right class and words of its own', async (t) => {
  for (const code of CA_ERROR_CODES) {
    t.ok(ERROR_STATUS[code] >= 400 && ERROR_STATUS[code] < 600, code)
    for (const text of [ERROR_MEANINGS[code], ERROR_REMEDIES[code]]) t.match(text, /^\S.*[.]$/, `${code}: ${text}`)
    t.notMatch(ERROR_TITLES[code], /\.$/, 'a title is no sentence')
  }
  t.equal(new Set(Object.values(ERROR_TITLES)).size, CA_ERROR_CODES.length, 'titles are different')
})

t.test('the type of a problem is the address of its explanation', async (t) => {
  t.equal(errorType('key-too-small'), '/docs/errors#key-too-small')
})
