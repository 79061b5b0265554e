#include "app/demonstration/owners.hpp"

#include <array>

namespace tocsin::app::demonstration {
namespace {

using notifications::Statement;
using simulation::mixed;

// Of a hundred owners that are warned for the first time.
constexpr std::uint64_t opening = 60, answering = 38, repairing = 45;
// Of a hundred hosts of an owner who repairs.
constexpr std::uint64_t repaired_for_good = 74, repaired_and_back = 8;

constexpr std::array<std::array<std::string_view, 3>, 4> words = {{
    {"We have seen it and look into it.", "Nous avons bien reçu et nous vérifions.", "وصلتنا الرسالة ونتحقق من الأمر."},
    {"Closed at the firewall this morning.", "Fermé au pare-feu ce matin.", "أُغلق المنفذ في جدار الحماية هذا الصباح."},
    {"That network was handed back to our provider.", "Ce réseau a été rendu à notre fournisseur.",
     "أُعيدت هذه الشبكة إلى مزود الخدمة."},
    {"This is a test installation without data.", "C'est une installation d'essai sans données.",
     "هذا نظام تجريبي بلا بيانات."},
}};

std::string_view comment(Statement statement, std::string_view language) {
    auto const column = language == "fr" ? 1U : language == "ar" ? 2U : 0U;
    switch (statement) {
        case Statement::seen:
            return words[0][column];
        case Statement::repaired:
            return words[1][column];
        case Statement::not_ours:
            return words[2][column];
        case Statement::false_positive:
            return words[3][column];
    }
    return "";
}

}  // namespace

Owners::Owners(simulation::Nation const& nation, std::uint64_t seed)
    : nation_(&nation), seed_(seed), repairs_from_(nation.organisations.size(), never) {
    for (std::size_t i = 0; i < nation.organisations.size(); ++i) place_of_.emplace(nation.organisations[i].name, i);
}

Owners::Reaction Owners::warned(std::string_view organisation, std::uint32_t day) {
    auto const found = place_of_.find(organisation);
    if (found == place_of_.end()) return {};
    auto const place = found->second;
    bool const is_first = repairs_from_[place] == never;
    auto const luck = mixed(seed_, place, 31);
    if (is_first && luck % 100 < repairing)
        repairs_from_[place] = day + 1 + static_cast<std::uint32_t>((luck >> 8) % 4);
    auto const today = mixed(seed_, place, 100 + day);
    Reaction reaction{.opens = today % 100 < opening, .says = {}, .words = {}};
    if (today % 100 >= answering) return reaction;
    auto const kind = (today >> 8) % 100;
    if (repairs_from_[place] != never && kind < 60)
        reaction.says = Statement::repaired;
    else if (kind < 85)
        reaction.says = Statement::seen;
    else
        reaction.says = kind < 93 ? Statement::not_ours : Statement::false_positive;
    if ((today >> 16) % 2 == 0) reaction.words = comment(*reaction.says, nation_->organisations[place].language);
    return reaction;
}

bool Owners::has_repaired(simulation::Host const& host, std::uint32_t day) const {
    auto const place = host.network->organisation;
    if (place < 0) return false;
    auto const from = repairs_from_[static_cast<std::size_t>(place)];
    if (from == never || day < from) return false;
    auto const luck = mixed(host.chance, 32) % 100;
    if (luck < repaired_and_back) return day < from + 5;
    return luck < repaired_and_back + repaired_for_good;
}

}  // namespace tocsin::app::demonstration
