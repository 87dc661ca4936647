import t from 'tap'
import { parseWords } from '../../src/verbs/arguments.js'

const NAMES = { one: ['role', 'days'], many: ['dns'], flags: ['wildcards'] }
const USAGE = 'token create --role ROLE'
const parse = (...words: string[]) => parseWords(words, NAMES, USAGE)

t.test('options come in any order, with or without an equals sign, between the words', async (t) => {
  const given = parse('first', '--dns', '*.lab.example', '--role=admin', '--wildcards', 'second', '--dns', 'a.example')
  t.same(given.positionals, ['first', 'second'])
  t.equal(given.one('role'), 'admin')
  t.same(given.many('dns'), ['*.lab.example', 'a.example'])
  t.equal(given.flag('wildcards'), true)
})

t.test('what was not given is undefined, and a flag false', async (t) => {
  const given = parse()
  t.same(given.positionals, [])
  t.equal(given.one('role'), undefined)
  t.equal(given.many('dns'), undefined)
  t.equal(given.flag('wildcards'), false)
})

t.test('behind two dashes everything is a word, and a value may begin with one after an equals sign', async (t) => {
  t.same(parse('--', '--role', '-x').positionals, ['--role', '-x'])
  t.equal(parse('--days=-1').one('days'), '-1')
})

/** words → what the message names. */
const WRONG: readonly (readonly [words: readonly string[], names: RegExp])[] = [
  [['--rolle', 'admin'], /--rolle/],
  [['-r', 'admin'], /-r/],
  [['--role'], /--role/],
  [['--role', '--wildcards'], /--role/],
  [['--wildcards=yes'], /--wildcards/],
]

t.test('a misspelt option, a missing value and a superfluous one are named', async (t) => {
  for (const [words, names] of WRONG) {
    t.throws(() => parse(...words), { name: 'UsageError', message: names }, words.join(' '))
    t.throws(() => parse(...words), { message: /\nusage: token create --role ROLE$/ }, 'with what the verb takes')
  }
})
