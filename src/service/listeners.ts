/** The two listeners: plain HTTP for everybody's files and for this machine, HTTPS for the API. */
import type { FastifyInstance } from 'fastify'
import { type AppDeps, buildApp } from '../app.js'
import { createFailedLogins } from '../routes/failed-logins.js'
import { createInstruments } from '../routes/instruments.js'
import { hostAndPort, type ListenAddress } from '../setting-values.js'
import type { VerbContext } from '../verbs/context.js'
import type { DataFolder } from './data-folder.js'
import { type HttpsCertificate, isRenewalDue, openHttpsCertificate } from './https-certificate.js'
import type { OpenService } from './open-service.js'

export interface Listeners {
  /** As reached from this machine. */
  readonly httpUrl: string
  readonly httpsUrl: string | undefined
  /** Issues a new HTTPS certificate when it is time, and takes it without closing a connection. */
  renewCertificate(): Promise<void>
  /** Answers what is under way, then closes. */
  close(): Promise<void>
}

export async function listen(context: VerbContext, folder: DataFolder, service: OpenService): Promise<Listeners> {
  const { config, clock } = context
  const names = httpsNames(config)
  // With port 0, which tests use, the number is known only later; nobody else is told an address with it.
  const httpsUrlFor = (port: number) => config.https && `https://${hostAndPort({ host: names[0] ?? config.https.host, port })}`
  const deps: AppDeps = {
    authority: service.authority,
    clock,
    random: context.random,
    memoryUsage: () => process.memoryUsage(),
    instruments: createInstruments(),
    failures: createFailedLogins(() => performance.now()),
    logger: context.logger,
    trustedProxies: config.trustedProxies,
    httpsUrl: httpsUrlFor(config.https?.port ?? 0),
  }
  const certificateDeps = { authority: service.authority, caller: service.self, folder, clock, names }
  let certificate: HttpsCertificate | undefined = config.https && (await openHttpsCertificate(certificateDeps))
  const secure =
    certificate && (await buildApp(deps, { transport: 'https', https: { key: certificate.key, cert: certificate.certificates } }))
  const plain = await buildApp(deps, { transport: 'http' })

  async function close(): Promise<void> {
    await Promise.all([plain.close(), secure?.close()])
  }

  try {
    await plain.listen(config.http)
    if (secure && config.https) await secure.listen(config.https)
  } catch (error) {
    await close()
    throw error
  }

  return {
    httpUrl: `http://${hostAndPort(reachable({ host: config.http.host, port: boundPort(plain, config.http) }))}`,
    httpsUrl: secure && config.https && httpsUrlFor(boundPort(secure, config.https)),
    async renewCertificate() {
      if (!certificate || !secure || !isRenewalDue(certificate.certificates, clock())) return
      certificate = await openHttpsCertificate(certificateDeps)
      const { server } = secure
      if ('setSecureContext' in server && typeof server.setSecureContext === 'function') {
        server.setSecureContext({ key: certificate.key, cert: certificate.certificates })
      }
    },
    close,
  }
}

/** The port that is really listened on. */
function boundPort(app: FastifyInstance, asked: ListenAddress): number {
  const address = app.server.address()
  return typeof address === 'object' && address ? address.port : asked.port
}

/** What the HTTPS certificate is for: the setting, else the host under which others reach the service. */
function httpsNames(config: VerbContext['config']): readonly string[] {
  return config.httpsNames.length > 0 ? config.httpsNames : [new URL(config.publicUrl).hostname.replace(/^\[|\]$/g, '')]
}

/** A listener on all addresses is reached from this machine on loopback. */
function reachable(address: ListenAddress): ListenAddress {
  if (address.host === '0.0.0.0') return { ...address, host: '127.0.0.1' }
  return address.host === '::' ? { ...address, host: '::1' } : address
}
