#include "intelligence/watched_values.hpp"

#include "intelligence/filter_words.hpp"

#include <algorithm>

namespace tocsin::intelligence {
namespace {

int const ip_kind = index_kind(formats::ObservableKind::ip);
int const domain_kind = index_kind(formats::ObservableKind::domain);

}  // namespace

std::optional<ValueKey> watched_key(std::string_view text) {
    auto const asked = value_asked(text);
    if (!asked || !asked->kind) return {};
    auto const value = formats::normalised({*asked->kind, asked->text});
    if (!value) return {};
    auto keys = keys_of(*value);
    return keys.empty() ? std::nullopt : std::optional(std::move(keys.front()));
}

bool WatchedValues::add(std::string_view text) {
    auto key = watched_key(text);
    if (!key) return false;
    if (key->kind == ip_kind) {
        auto const length = network_of(key->key).length;
        if (std::ranges::find(lengths_, length) == lengths_.end()) lengths_.push_back(length);
    }
    values_.emplace(std::pair(key->kind, std::move(key->key)), text);
    return true;
}

std::string_view WatchedValues::find_network(IpPrefix const& network) const {
    for (auto const length : lengths_) {
        if (length > network.length) continue;
        auto const found = values_.find({ip_kind, address_key(masked(network.address, length), length)});
        if (found != values_.end()) return found->second;
    }
    // What is watched and lies within it.
    auto const inside = values_.lower_bound({ip_kind, address_key(network.first(), 0)});
    auto const last = std::pair(ip_kind, address_key(network.last(), 128));
    return inside != values_.end() && inside->first <= last ? std::string_view(inside->second) : std::string_view();
}

std::string_view WatchedValues::find_domain(std::string_view key) const {
    for (auto end = key.size(); end > 0 && end != std::string_view::npos;) {
        auto const found = values_.find({domain_kind, std::string(key.substr(0, end))});
        if (found != values_.end()) return found->second;
        auto const dot = end < 2 ? std::string_view::npos : key.rfind('.', end - 2);
        end = dot == std::string_view::npos ? dot : dot + 1;
    }
    return {};
}

std::string_view WatchedValues::find(formats::Observable const& value) const {
    for (auto const& key : keys_of(value)) {
        if (key.kind == ip_kind) {
            if (auto const found = find_network(network_of(key.key)); !found.empty()) return found;
        } else if (key.kind == domain_kind) {
            if (auto const found = find_domain(key.key); !found.empty()) return found;
        } else if (auto const found = values_.find({key.kind, key.key}); found != values_.end()) {
            return found->second;
        }
        // A mail address belongs to the domain behind its @.
        if (value.kind == formats::ObservableKind::email)
            if (auto const at = key.key.find('@'); at != std::string::npos)
                if (auto const found = find_domain(std::string_view(key.key).substr(0, at)); !found.empty())
                    return found;
    }
    return {};
}

}  // namespace tocsin::intelligence
