#include "notifications/key_watch.hpp"

#include <algorithm>

namespace tocsin::notifications {
namespace {

constexpr std::size_t most_known = 20'000;

std::optional<KeyEnd> end_of(net::MailKey const& key) {
    if (!key.expires) return {};
    return KeyEnd{.kind = key.kind, .fingerprint = key.fingerprint, .at = *key.expires};
}

}  // namespace

Status KeyWatch::look(std::function<bool()> const& is_stopping) {
    std::scoped_lock const lock(looking_);
    CHECK(look_at_ours());
    auto const generation = constituency_.directory().generation();
    if (generation_ == generation) return {};
    TRY(auto const is_whole, look_at_contacts(is_stopping));
    if (is_whole) generation_ = generation;
    return {};
}

Status KeyWatch::look_at_ours() {
    TRY(auto const own, keys_.own());
    auto seen = own.openpgp + own.smime;
    if (seen == seen_ours_) return {};
    std::vector<KeyEnd> found;
    for (auto const kind : {net::SealKind::openpgp, net::SealKind::smime}) {
        auto const key = keys_.public_half(kind);
        if (!key && key.error().code == Code::not_found) continue;
        if (!key) return std::unexpected(key.error());
        if (auto const end = end_of(*key)) found.push_back(*end);
    }
    seen_ours_ = std::move(seen);
    std::scoped_lock const lock(mutex_);
    ours_ = std::move(found);
    return {};
}

Result<bool> KeyWatch::look_at_contacts(std::function<bool()> const& is_stopping) {
    std::vector<KeyEnd> found;
    bool is_whole = true;
    if (known_.size() > most_known) known_.clear();
    constituency::ContactQuery query;
    query.limit = 1000;
    do {
        TRY(auto const page, constituency_.directory().contacts(query));
        for (auto const& contact : page.items) {
            if (contact.public_key.empty()) continue;
            auto known = known_.find(contact.public_key);
            if (known == known_.end() && is_stopping && is_stopping()) {
                is_whole = false;
                break;
            }
            if (known == known_.end()) {
                auto const key = net::read_mail_key(contact.public_key, clock_.now(), keys_.work());
                if (!key && key.error().code == Code::unavailable) return std::unexpected(key.error());
                known = known_.emplace(contact.public_key, key ? end_of(*key) : std::nullopt).first;
            }
            if (!known->second) continue;
            auto end = *known->second;
            end.contact = contact.id;
            end.organisation = contact.organisation;
            end.organisation_name = contact.organisation_name;
            end.email = contact.email;
            found.push_back(std::move(end));
        }
        query.after = page.next;
    } while (!query.after.empty() && is_whole);
    std::scoped_lock const lock(mutex_);
    theirs_ = std::move(found);
    return is_whole;
}

std::vector<KeyEnd> KeyWatch::ending(std::chrono::seconds within) const {
    auto const until = clock_.now() + within;
    std::vector<KeyEnd> all;
    {
        std::scoped_lock const lock(mutex_);
        for (auto const* const list : {&ours_, &theirs_})
            std::ranges::copy_if(*list, std::back_inserter(all), [&](KeyEnd const& end) { return end.at <= until; });
    }
    std::ranges::sort(all, {}, [](KeyEnd const& end) { return std::pair(end.at, end.contact.value); });
    return all;
}

}  // namespace tocsin::notifications
