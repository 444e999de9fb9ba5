import Attachments
import Delivery
import Generation
import HTTPTransport
import Logging
import Support
import Worker

// What a worker needs beside the queue and the engine: where results go that the queue does not take, and pictures that
// jobs only name.

extension Host {
    var bigResults: BigResults {
        var policy = S3Upload.Policy()
        policy.clientAddresses = clientAddresses
        return BigResults(
            limit: BigResult(megabytes: settings[Catalogue.resultMegabytes]),
            upload: S3Upload(http: http, policy: policy),
            bucket: { [environment] now in try? S3Target.named(byEnvironment: environment, now: now) }
        )
    }

    /// Where URLs that clients bring may lead.
    var clientAddresses: AddressRule { settings[Catalogue.allowPrivateURLs] ? .any : .publicOnly }

    var outbox: Outbox {
        Outbox(place: state.outboxPlace) { [logger] news in
            switch news {
            case .tookOver: logger.info("\(news)")
            case .trouble, .damaged, .unreadable, .discarded: logger.warning("\(news)")
            }
        }
    }

    var images: Images {
        var limits = AttachmentFetcher.Limits()
        limits.bytes = settings[Catalogue.imageMegabytes] << 20
        return Images(fetcher: AttachmentFetcher(http: http, limits: limits, rule: clientAddresses))
    }
}

/// The pictures that jobs name by URL, in the words of those who need them.
struct Images: Sendable {
    let fetcher: AttachmentFetcher

    @Sendable func fetch(_ urls: Set<String>) async -> [String: Result<ImageData, any Error>] {
        await fetcher.fetch(urls).mapValues { outcome in
            outcome.map { ImageData(mediaType: $0.mediaType, bytes: $0.bytes) }.mapError { $0 }
        }
    }
}
