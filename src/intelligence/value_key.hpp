#pragma once
#include "base/base.hpp"
#include "formats/formats.hpp"
#include "intelligence/object.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The order of the value index: bytes that sort so that what belongs together is one range.
///
/// Addresses and networks: first address (16 bytes, big endian), then the length (128 for an address). Domains: labels
/// from the top, each with a dot behind ("com.example.www."), so all below a domain begin alike. Mail addresses: the
/// domain so, then "@" and the local part. Hashes: their bytes. Other texts: as normalised, the first 200 bytes and a
/// hash of the rest.
namespace tocsin::intelligence {

struct ValueKey {
    int kind = 0;
    std::string key;
    friend auto operator<=>(ValueKey const&, ValueKey const&) = default;
};

/// Bytes from first to before last: the range of an index that begins with `prefix`.
struct KeyRange {
    int kind = 0;
    std::string first;
    std::string last;  ///< exclusive; empty: to the end of the kind
};

/// Kinds as numbers of the index; addresses and networks of both families are one. Stable: they are stored.
int index_kind(formats::ObservableKind kind);

/// The keys under which a normalised observable is found: itself first, then the host of a URL, the domain of a mail
/// address. Empty for what can't be read as its kind.
std::vector<ValueKey> keys_of(formats::Observable const& observable);

/// The ranges a question covers; of `near` those of the whole kind: distance has no order, the asker measures.
/// Errors: Code::invalid, naming the text and what was expected.
Result<std::vector<KeyRange>> ranges_of(ValueQuery const& query);

std::string address_key(IpAddress address, std::uint8_t length);
/// An address_key read back.
IpPrefix network_of(std::string_view key);
/// "com.example.www." of "www.example.com".
std::string domain_key(std::string_view domain);

}  // namespace tocsin::intelligence
