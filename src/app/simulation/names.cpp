#include "app/simulation/nation.hpp"

#include <array>
#include <set>

namespace tocsin::app::simulation {
namespace {

struct Syllable {
    std::string_view latin, arabic;
};

constexpr Syllable syllables[] = {
    {"ba", "با"}, {"ke", "كي"}, {"lo", "لو"}, {"mi", "مي"}, {"na", "نا"}, {"ra", "را"}, {"sa", "سا"}, {"ta", "تا"},
    {"vo", "فو"}, {"zi", "زي"}, {"du", "دو"}, {"fa", "فا"}, {"gu", "غو"}, {"ha", "ها"}, {"ju", "جو"}, {"la", "لا"},
    {"mo", "مو"}, {"ni", "ني"}, {"ru", "رو"}, {"so", "سو"}, {"ti", "تي"}, {"wa", "وا"}, {"ya", "يا"}, {"za", "زا"},
};

/// How an organisation of a kind is called in the three languages of the nation; {} is the place.
struct Wording {
    std::string_view sector, kind;
    std::string_view label;                 ///< of the domain, before the place
    std::array<std::string_view, 3> names;  // en, fr, ar
};

constexpr std::string_view languages[] = {"en", "fr", "ar"};

constexpr Wording wordings[] = {
    {"government", "ministry", "gov", {"{} State Agency", "Agence publique de {}", "وكالة {} الحكومية"}},
    {"finance", "bank", "bank", {"Bank of {}", "Banque de {}", "بنك {}"}},
    {"health", "hospital", "hospital", {"{} General Hospital", "Hôpital général de {}", "مستشفى {} العام"}},
    {"telecommunications", "provider", "net", {"{} Net", "{} Télécom", "{} للاتصالات"}},
    {"telecommunications", "mobile", "mobile", {"{} Mobile", "{} Mobile", "{} موبايل"}},
    {"education", "university", "univ", {"University of {}", "Université de {}", "جامعة {}"}},
    {"energy", "utility", "power", {"{} Power", "Électricité de {}", "كهرباء {}"}},
    {"water", "utility", "water", {"{} Water Authority", "Eaux de {}", "مياه {}"}},
    {"transport", "operator", "transport", {"{} Transport", "Transports de {}", "نقل {}"}},
    {"government", "municipality", "city", {"Municipality of {}", "Commune de {}", "بلدية {}"}},
    {"education", "school", "school", {"{} Secondary School", "Lycée de {}", "مدرسة {} الثانوية"}},
    {"commerce", "company", "trade", {"{} Trading", "Comptoir de {}", "شركة {} التجارية"}},
};

constexpr std::string_view ministries[][2] = {
    {"Finance", "Finances"},
    {"Health", "Santé"},
    {"Interior", "Intérieur"},
    {"Education", "Éducation"},
    {"Justice", "Justice"},
    {"Transport", "Transports"},
    {"Agriculture", "Agriculture"},
    {"Energy", "Énergie"},
    {"Foreign Affairs", "Affaires étrangères"},
    {"Communications", "Communication"},
    {"Labour", "Travail"},
    {"Environment", "Environnement"},
};

constexpr std::string_view persons[][3] = {
    {"Ada Marlow", "Amélie Fournel", "سلمى الخطيب"}, {"Tomas Reed", "Bastien Corvale", "يوسف الحداد"},
    {"Nia Okoro", "Clémence Duvard", "ليلى منصور"},  {"Peter Lund", "Étienne Morvan", "كريم الزين"},
    {"Ruth Halder", "Fanta Dialo", "هدى العامري"},   {"Sam Winter", "Gaspard Lenoir", "عمر النجار"},
};

Wording const* wording_of(Organisation const& organisation) {
    for (auto const& wording : wordings)
        if (wording.sector == organisation.sector && wording.kind == organisation.kind) return &wording;
    return nullptr;
}

std::string latin_label(std::string_view text) {
    std::string label;
    for (char const c : lowered(text))
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) label.push_back(c);
    return label;
}

void add_contacts(std::uint64_t chance, std::size_t language, Organisation& organisation) {
    auto const mailbox = [&](std::string_view local) { return fmt::format("{}@{}", local, organisation.domain); };
    organisation.contacts.push_back({std::string(language == 1   ? "Équipe sécurité"
                                                 : language == 2 ? "فريق الأمن"
                                                                 : "Security desk"),
                                     mailbox(chance % 3 == 0 ? "abuse" : "security"), "abuse", organisation.language});
    if (chance % 4 != 1) return;
    auto const who = (chance >> 8) % std::size(persons);
    organisation.contacts.push_back({std::string(persons[who][language]), mailbox(latin_label(persons[who][0])),
                                     "technical", organisation.language});
}

}  // namespace

std::vector<Place> make_places(std::uint64_t seed, std::size_t count) {
    Random random(seed);
    std::vector<Place> places;
    std::set<std::string> taken;
    while (places.size() < count) {
        Place place;
        auto const length = 2 + random.below(2);
        for (std::uint64_t i = 0; i < length; ++i) {
            auto const& syllable = syllables[random.below(std::size(syllables))];
            place.name += syllable.latin;
            place.arabic_name += syllable.arabic;
        }
        place.name[0] = static_cast<char>(place.name[0] - 'a' + 'A');
        if (taken.insert(place.name).second) places.push_back(std::move(place));
    }
    return places;
}

void name_organisation(Nation const& nation, std::uint64_t seed, std::uint32_t number, Organisation& organisation) {
    auto const chance = mixed(seed, number, 0x6e616d65);
    auto const language = chance % 10 < 5 ? 0U : chance % 10 < 8 ? 1U : 2U;
    auto const& place = nation.cities[organisation.city];
    organisation.language = languages[language];
    auto const* const wording = wording_of(organisation);
    TOCSIN_ASSERT(wording != nullptr);
    auto const label = latin_label(place.name);
    if (organisation.kind == "ministry" && number < std::size(ministries)) {
        auto const& what = ministries[number];
        organisation.name =
            language == 1 ? fmt::format("Ministère : {}", what[1]) : fmt::format("Ministry of {}", what[0]);
        if (language == 2) organisation.language = "en";
        organisation.domain = fmt::format("{}.gov.{}.example", latin_label(what[0]), lowered(nation.code));
    } else {
        auto const& where = language == 2 ? place.arabic_name : place.name;
        // The number tells two of a kind in one town apart.
        organisation.name = fmt::format(fmt::runtime(wording->names[language]), where);
        if (auto const again = number / nation.cities.size(); again > 0)
            organisation.name += fmt::format(" {}", again + 1);
        organisation.domain =
            fmt::format("{}{}-{}.{}.example", wording->label, number + 1, label, lowered(nation.code));
    }
    add_contacts(chance >> 16, organisation.language == "en" ? 0 : language, organisation);
}

}  // namespace tocsin::app::simulation
