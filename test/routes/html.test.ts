import t from 'tap'
import { escapeHtml } from '../../src/routes/html.js'

t.test('nothing of a text is taken for HTML', async (t) => {
  t.equal(escapeHtml(`<b a="1" c='2'>&amp;`), '&#60;b a=&#34;1&#34; c=&#39;2&#39;&#62;&#38;amp;')
})
