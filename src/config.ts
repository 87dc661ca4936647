/** The settings of a process: read from the environment, all faults at once, frozen. */
import { crossChecks, unknownVariables } from './config-checks.js'
import { hostAndPort, SettingFault } from './setting-values.js'
import { type Config, SETTING_DESCRIPTIONS, SETTINGS, type Setting } from './settings.js'

export { configHelp, configMarkdown } from './config-help.js'
export { isLoopbackUrl, type ListenAddress } from './setting-values.js'
export { type Config, SETTING_DESCRIPTIONS } from './settings.js'

/** A setting that is wrong. */
export interface ConfigFault {
  readonly name: string
  /** Undefined for secrets and for what is missing. */
  readonly value?: string
  readonly rule: string
  readonly remedy: string
}

/** Every fault of the settings at once; the message has one line for each. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map((f) => `${f.name}${f.value === undefined ? '' : `=${f.value}`}: ${f.rule}; ${f.remedy}`).join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The settings from environment variables; an empty variable counts as unset.
 * @throws ConfigError with every fault.
 */
export function loadConfig(env: Environment): Config {
  const faults: ConfigFault[] = unknownVariables(
    env,
    SETTING_DESCRIPTIONS.map((s) => s.name),
  )
  const values: Record<string, unknown> = {}
  for (const [field, s] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const text = env[s.name] || s.fallback
    try {
      values[field] = text === undefined ? undefined : s.parse(text)
    } catch (error) {
      if (!(error instanceof SettingFault) || text === undefined) throw error
      faults.push({ name: s.name, ...(s.secret ? {} : { value: text }), rule: error.rule, remedy: error.remedy })
    }
  }
  // The table gives each field its own parser's type, which TypeScript cannot follow through a loop.
  const parsed = values as unknown as Omit<Config, 'publicUrl'> & { publicUrl: string | undefined }
  if (faults.length > 0) throw new ConfigError(faults)
  const config = { ...parsed, publicUrl: parsed.publicUrl ?? `http://${hostAndPort(parsed.http)}` }
  const contradictions = crossChecks(config, parsed.publicUrl !== undefined)
  if (contradictions.length > 0) throw new ConfigError(contradictions)
  return Object.freeze(config)
}
