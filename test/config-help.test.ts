import t from 'tap'
import { configHelp, configMarkdown } from '../src/config-help.js'
import { SETTING_DESCRIPTIONS } from '../src/settings.js'

t.test('help and README name every setting', async (t) => {
  for (const { name, doc } of SETTING_DESCRIPTIONS) {
    t.ok(configHelp().includes(`  ${name}=`), name)
    t.ok(configMarkdown().includes(`| \`${name}\` |`), name)
    t.ok(configMarkdown().includes(doc), name)
  }
  t.ok(
    configHelp()
      .split('\n')
      .every((line) => line.length <= 130),
    'lines fit a terminal',
  )
})
