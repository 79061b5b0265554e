#include "events/mail_unsealing.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

using formats::mail::SealedPart;

std::string address_in(std::string_view from) {
    auto const open = from.rfind('<');
    if (open == std::string_view::npos) return std::string(trimmed(from));
    auto const close = from.find('>', open);
    return std::string(from.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
}

std::string label_of(std::vector<net::MailSignature> const& signatures) {
    std::string label;
    for (auto const& one : signatures) {
        if (!label.empty()) label += "; ";
        label += fmt::format("{}:{}{}{}{}", net::name_of(one.state), one.fingerprint.empty() ? "" : " ",
                             one.fingerprint, one.words.empty() ? "" : ", ", one.words);
    }
    return label;
}

Result<net::OpenedMail> opened(net::MailOpener const& opener, SealedPart const& part) {
    switch (part.kind) {
        case SealedPart::Kind::openpgp:
            return opener.openpgp(part.bytes);
        case SealedPart::Kind::openpgp_signed:
            return opener.openpgp_signed(part.bytes, part.signature);
        case SealedPart::Kind::cms:
            return opener.smime(part.bytes);
        case SealedPart::Kind::cms_signed:
            return opener.smime_signed(part.bytes, part.signature);
    }
    return fail(Code::internal, "no such kind of seal");
}

}  // namespace

Result<MailUnsealer::Read> MailUnsealer::read(std::string_view bytes,
                                              formats::mail::MailPartsLimits const& limits) const {
    constexpr std::size_t most_sealed = 20;  // each may cost GnuPG a moment
    constexpr std::uint64_t most_opened = std::uint64_t{256} << 20;
    std::string trouble;
    std::size_t count = 0;
    auto const unseal = [&](SealedPart const& part) -> std::optional<formats::mail::UnsealedPart> {
        auto const kept = [&](Error const& error) -> std::optional<formats::mail::UnsealedPart> {
            if (!trouble.empty()) trouble += "; ";
            trouble += error.message;
            return {};
        };
        if (++count > most_sealed) return kept({Code::limit, "more than 20 parts of it are sealed"});
        auto keys = own ? own() : net::OwnMailKeys{};
        if (!keys) return kept(keys.error());
        auto known = keys_of ? keys_of(address_in(part.from)) : std::vector<std::string>{};
        if (!known) return kept(known.error());
        net::MailOpener const opener(*std::move(keys), *std::move(known), work,
                                     static_cast<std::size_t>(std::min(limits.bytes, most_opened)));
        auto result = opened(opener, part);
        if (!result) return kept(result.error());
        return formats::mail::UnsealedPart{.bytes = std::move(result->bytes), .label = label_of(result->signatures)};
    };
    TRY(auto mail, formats::mail::read_sealed_mail(bytes, limits, unseal));
    return Read{.mail = std::move(mail.mail), .signatures = std::move(mail.labels), .trouble = std::move(trouble)};
}

Result<MailUnsealer::Read> read_mail(MailUnsealer const* unsealer, std::string_view bytes,
                                     formats::mail::MailPartsLimits const& limits) {
    if (unsealer != nullptr) return unsealer->read(bytes, limits);
    TRY(auto mail, formats::mail::read_mail(bytes, limits));
    std::vector<std::string> none(mail.parts.size());
    return MailUnsealer::Read{.mail = std::move(mail), .signatures = std::move(none), .trouble = {}};
}

}  // namespace tocsin::events
