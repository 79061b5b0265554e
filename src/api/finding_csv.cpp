#include "api/finding_csv.hpp"

namespace tocsin::api {

std::vector<std::string> finding_cells(gate::Cleared<events::Finding> const& finding) {
    return {finding->id,
            std::string(events::name_of(finding->state)),
            finding->severity,
            finding->feed,
            finding->taxonomy,
            finding->type,
            finding->identifier,
            finding->address ? format_ip(*finding->address) : "",
            finding->port ? std::to_string(*finding->port) : "",
            finding->transport,
            finding->domain,
            finding->url,
            finding->account,
            finding->asn ? std::to_string(*finding->asn) : ""};
}

std::vector<std::string> finding_header(std::vector<std::string> const& further) {
    std::vector<std::string> columns{"id",
                                     "state",
                                     "severity",
                                     "feed",
                                     "classification.taxonomy",
                                     "classification.type",
                                     "classification.identifier",
                                     "source.ip",
                                     "source.port",
                                     "protocol.transport",
                                     "source.fqdn",
                                     "source.url",
                                     "source.account",
                                     "source.asn"};
    columns.insert(columns.end(), further.begin(), further.end());
    return columns;
}

}  // namespace tocsin::api
